/** All the origins there are, those of Debian's packages. */

import { APACHE } from './apache-origin.ts';
import { HAPROXY } from './haproxy-origin.ts';
import { LIGHTTPD } from './lighttpd-origin.ts';
import { NGINX } from './nginx-origin.ts';
import type { OriginKind } from './origin.ts';
import { TOMCAT } from './tomcat-origin.ts';

export const ORIGINS: readonly OriginKind[] = [NGINX, APACHE, HAPROXY, LIGHTTPD, TOMCAT];
