/** What several processes that serve one address have in common, so that each resumes the sessions of all. */

import type { Chain } from './session-record.ts';

export interface SharedSessions {
  /** For ticket keys, where the configuration has no secret for them. */
  readonly secret: Uint8Array;
  /** Tells the other processes what a client has sent in a full handshake; `record` names where it belongs. */
  tell(record: string, chain: Chain): void;
  /** Hears of those of the others; the function it returns ends that. */
  hear(listener: (record: string, chain: Chain) => void): () => void;
}
