/** The keys of a client that say how strict the gateway is with it. */

import type { ClientMaterial } from '../material.ts';
import { clientScopes } from '../scopes.ts';
import type { ClientConfig, Config } from '../schema.ts';
import {
  mustStayOff,
  mustStayOn,
  pairs,
  REVOCATION_MODES,
  shortHash,
  weakerBy,
  weakerByRules,
} from './strictness.ts';
import type { Rule } from './strictness.ts';

const METHODS = [
  'certificate_and_secret',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
  'none',
];

const RULES: readonly Rule<ClientMaterial>[] = [
  {
    key: 'token_endpoint_auth_method',
    of: ({ config }) => ({ scale: METHODS, at: config.token_endpoint_auth_method }),
  },
  {
    key: 'certificate_binding',
    of: ({ config }) => ({ scale: ['required', 'if_present', 'off'], at: bindingOf(config) }),
  },
  { key: 'mandate_certificate', of: ({ config }) => mustStayOn(config.mandate_certificate) },
  { key: 'allow_secret_in_query', of: ({ config }) => mustStayOff(config.allow_secret_in_query) },
  {
    key: 'allow_private_jwks_uri',
    of: ({ config }) => mustStayOff(config.allow_private_jwks_uri),
  },
  { key: 'wso2_x5t', of: ({ config }) => mustStayOff(config.wso2_x5t) },
  { key: 'spki_pins', of: ({ config }) => mustStayOn(config.spki_pins.length > 0) },
  {
    key: 'trust_anchors',
    of: ({ trustAnchors }) => ({
      vouchers: trustAnchors.map(shortHash),
      otherwise: 'those of the listener',
    }),
  },
  { key: 'grant_types', of: ({ config }) => ({ mayNotGrow: config.grant_types }) },
  { key: 'redirect_uris', of: ({ config }) => ({ mayNotGrow: config.redirect_uris }) },
  {
    key: 'post_logout_redirect_uris',
    of: ({ config }) => ({ mayNotGrow: config.post_logout_redirect_uris }),
  },
  { key: 'scope', of: ({ config }) => ({ mayNotGrow: clientScopes(config) }) },
  // What a JWT says is believed by those who ask nobody, revoked or not.
  {
    key: 'access_token_format',
    of: ({ config }) => ({ scale: ['opaque', 'jwt'], at: config.access_token_format }),
  },
  { key: 'audience', of: ({ config }) => ({ mayNotGrow: config.audience }) },
  {
    key: 'require_pushed_authorization_requests',
    of: ({ config }) => mustStayOn(config.require_pushed_authorization_requests === true),
  },
];

/** A side of the comparison. */
interface Clients {
  readonly config: Pick<Config, 'listeners'>;
  readonly material: { readonly clients: readonly ClientMaterial[] };
}

/** Returns what clients of the same id may that they might not before. */
export function* weakerClients(before: Clients, after: Clients): Iterable<readonly string[]> {
  const [was, is] = [leastRevocation(before), leastRevocation(after)];
  const both = [before.material.clients, after.material.clients] as const;
  for (const [id, ...sides] of pairs(...both, ({ config }) => config.client_id)) {
    yield weakerByRules(`clients.${id}.`, RULES, sides);
    const [a, b] = sides.map(({ config }) => config.revocation);
    // Without a mode on either side, what weakens is that of a listener, and told of it.
    const [then, now] = [a ?? was, b ?? (a === undefined ? was : is)];
    yield weakerBy(
      `clients.${id}.revocation`,
      { scale: REVOCATION_MODES, at: then },
      { scale: REVOCATION_MODES, at: now },
    );
  }
}

/** Without a mode of its own a client has that of the listener it comes to: the weakest, say. */
function leastRevocation({ config }: Clients): string {
  const modes = config.listeners.map(({ revocation }) => revocation);
  return REVOCATION_MODES.findLast((mode) => modes.some((one) => one === mode)) ?? 'off';
}

function bindingOf(client: ClientConfig): string {
  const { certificate_binding: binding, token_endpoint_auth_method: method } = client;
  const stated = client.tls_client_certificate_bound_access_tokens;
  if (binding !== undefined) return binding;
  if (stated !== undefined) return stated ? 'required' : 'off';
  const byCertificate = METHODS.indexOf(method) < METHODS.indexOf('client_secret_basic');
  return byCertificate ? 'required' : 'if_present';
}
