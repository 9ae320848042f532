/** The fields of clients that never travel on. */

import { createStripList } from '../certificate/header/strip-list.ts';
import type { StripList } from '../certificate/header/strip-list.ts';
import type { Config } from '../config/schema.ts';
import { writtenHeaderNames } from './certificate-headers.ts';
import { userHeaders } from './guards.ts';
import { readHeaders } from './load-balancers.ts';

/**
 * Returns the list of the known families with the names of the configuration: no client may send what
 * we write, nothing that we read travels on, nor what the upstream alone believes.
 */
export function openStripList(config: Config): StripList {
  const { token_service: service } = config;
  return createStripList([
    ...writtenHeaderNames(config),
    ...readHeaders(config),
    ...userHeaders(config),
    ...('upstream' in service ? service.upstream.request_headers_to_remove : []),
  ]);
}
