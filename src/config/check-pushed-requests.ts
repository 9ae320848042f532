/** Whether a client of a foreign server is told what that server alone can hold it to. */

import type { Report } from './report.ts';
import type { Config } from './schema.ts';

export function checkPushedRequests(
  { clients, token_service: service }: Config,
  report: Report,
): void {
  if ('embedded' in service) return;
  clients.forEach((client, index) => {
    if (client.require_pushed_authorization_requests === undefined) return;
    const keyPath = ['clients', index, 'require_pushed_authorization_requests'];
    report.add(keyPath, 'belongs to the embedded token service: the upstream decides it');
  });
}
