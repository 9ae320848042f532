/** Whether the provider takes the clients of the configuration. */

import { setImmediate } from 'node:timers/promises';

import { StartError } from '../../errors.ts';
import type { ConfigurationFacts } from '../configuration.ts';
import type { OidcProvider } from '../provider.ts';

/** Of work on the event loop: a reload checks them while clients are served. */
const SLICE_MS = 1;

/**
 * The provider makes its clients on first use; a broken one must stop the start instead.
 *
 * @throws StartError naming the client.
 */
export async function checkClients(
  provider: OidcProvider,
  clients: ConfigurationFacts['clients'],
): Promise<void> {
  let began = performance.now();
  for (const { clientId } of clients) {
    if (performance.now() - began >= SLICE_MS) {
      await setImmediate();
      began = performance.now();
    }
    try {
      await provider.Client.find(clientId);
    } catch (cause) {
      const { error_description: seen } = cause as { readonly error_description?: unknown };
      throw new StartError(`client ${clientId} can't be registered: ${String(seen)}`, cause);
    }
  }
}
