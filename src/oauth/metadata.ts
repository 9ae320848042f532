/** The metadata documents of a server (RFC 8414, OpenID Connect Discovery), as clients see them here. */

import type { Answer, HeaderList } from '../http/exchange.ts';
import { withoutFields } from '../http/header-list.ts';
import type { Endpoint } from './call.ts';
import { isJson } from './introspection-answer.ts';
import { metadataChanges } from './metadata-changes.ts';
import type { MetadataFacts } from './metadata-changes.ts';
import type { TokenServer } from './token-server.ts';
import { BYTE_FIELDS, passAnswer, readJsonAnswer } from './upstream-answer.ts';

export interface MetadataDeps {
  readonly server: TokenServer;
  readonly facts: MetadataFacts;
  /** Answers what is no question for the document. */
  readonly pass: Endpoint;
}

/**
 * Members that are not changed keep their bytes. An answer that is no document, by its status or its
 * type, stays as it is.
 */
export function createMetadataEndpoint({ server, facts, pass }: MetadataDeps): Endpoint {
  return async (call) => {
    const { method } = call.exchange;
    if (method !== 'GET' && method !== 'HEAD') return pass(call);
    const answer = await server.read(call);
    if (answer.status !== 200 || !isJson(answer)) return passAnswer(answer);
    const { text, json } = await readJsonAnswer(answer);
    const changes = metadataChanges(json, facts);
    return documentAnswer(answer.headers, changes.size === 0 ? text : json.changed(changes));
  };
}

/** How long caches may keep it the server says; what names its own bytes is dropped. */
function documentAnswer(headers: HeaderList, text: string): Answer {
  const body = Buffer.from(text);
  const length = ['content-length', String(body.length)] as const;
  return { status: 200, headers: [...withoutFields(headers, BYTE_FIELDS), length], body };
}
