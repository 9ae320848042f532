/** The thread that reads large CRLs, so that the event loop does not. */

import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

import { crlBuffers } from '../certificate/revocation/crl-buffers.ts';
import { readCrls } from '../certificate/revocation/crl-file.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { TrustDataError } from '../errors.ts';
import type { Reason } from '../errors.ts';

export interface ReadRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export type ReadReply =
  | { readonly id: number; readonly crls: readonly Crl[] }
  | { readonly id: number; readonly reason: Reason; readonly detail: string };

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
  port.on('message', ({ id, bytes }: ReadRequest) => {
    try {
      const crls = readCrls(bytes);
      port.postMessage({ id, crls } satisfies ReadReply, crlBuffers(crls));
    } catch (error) {
      // Whatever else is thrown is a fault of ours: the thread ends by it, and the reader says so.
      if (!(error instanceof TrustDataError)) throw error;
      const { reason, message: detail } = error;
      port.postMessage({ id, reason, detail } satisfies ReadReply);
    }
  });
}
