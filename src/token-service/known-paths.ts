/** Requests for what the service does not have end before they reach the provider. */

import type { IncomingMessage, ServerResponse } from 'node:http';

import { peopleMethodsOf } from './people/paths.ts';
import { methodsOf, pathOf } from './routes.ts';
import { isUmaPath } from './uma/paths.ts';

export interface ServedFlows {
  /** Whether people can log in. */
  readonly hasUsers: boolean;
  readonly hasUma: boolean;
}

/** Answers 404, or 405 for another method, and returns true; false for what is to be served. */
export function refuseUnknown(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  { hasUsers, hasUma }: ServedFlows,
): boolean {
  // It answers other methods itself, in the words of its specification.
  if (hasUma && isUmaPath(pathOf(url))) return false;
  const methods = methodsOf(url) ?? (hasUsers ? peopleMethodsOf(url) : undefined);
  if (methods?.includes(method) === true) return false;
  const known = methods !== undefined;
  response.writeHead(known ? 405 : 404, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(known ? { allow: methods.join(', ') } : {}),
  });
  const error = known ? 'method_not_allowed' : 'not_found';
  response.end(JSON.stringify({ error }));
  return true;
}
