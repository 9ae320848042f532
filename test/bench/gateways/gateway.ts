/** A gateway under measurement. */

import { join } from 'node:path';

import type { Kit, Subject } from '../bench.ts';
import { runLoad } from '../load/load.ts';
import type { Job } from '../load/job.ts';
import { FILES } from '../material.ts';
import type { Program } from '../program.ts';

export interface Gateway {
  readonly name: string;
  readonly port: number;
  readonly program: Program;
}

export type StartGateway = (kit: Kit, upstreamPort: number) => Promise<Gateway>;

export type GatewayLoad = Omit<Job, 'port' | 'ca' | 'operations' | 'certificate' | 'key'> & {
  /** The long chain in place of the short one; `none` for a client without certificate. */
  readonly client?: 'long' | 'none';
};

/** The gateway under a load of clients with certificates. */
export function subjectOf(kit: Kit, gateway: Gateway, load: GatewayLoad): Subject {
  const path = (name: string): string => join(kit.material.folder, name);
  const { client, ...job } = load;
  const [certificate, key] =
    client === 'long' ? [FILES.longChain, FILES.longChainKey] : [FILES.client, FILES.clientKey];
  return {
    name: gateway.name,
    pids: gateway.program.pids,
    run: (operations) =>
      runLoad({
        ...job,
        port: gateway.port,
        ca: path(FILES.ca),
        ...(client !== 'none' && { certificate: path(certificate), key: path(key) }),
        operations,
      }),
  };
}
