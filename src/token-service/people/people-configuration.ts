/** What people add to the provider's configuration. */

import { deviceFlow, isDeviceOf } from './device-flow.ts';
import type { DeviceFacts } from './device-flow.ts';
import { renderError } from './error-answer.ts';
import { logoutFlow } from './logout-flow.ts';
import { INTERACTION_PATH } from './paths.ts';
import { STANDARD_SCOPES } from './scope-texts.ts';
import type { ScopeText } from './scope-texts.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { Passwords } from '../passwords.ts';
import type { Configuration, LoadedProvider } from '../provider.ts';
import type { StrangerLimits } from '../strangers.ts';

export interface PeopleFacts {
  readonly issuer: string;
  /** Present where there are users. */
  readonly passwords?: Passwords | undefined;
  readonly strangers: StrangerLimits;
  readonly scopes?: readonly ScopeText[];
  /** How long somebody stays logged in after they were last sent here. */
  readonly sessionLifetimeMs?: number;
}

const SESSION_LIFETIME_MS = 28_800_000;

/** `__Host-` binds a cookie to this host and to TLS; those of one path can only have `__Secure-`. */
const COOKIE_NAMES = {
  session: '__Host-certbound-session',
  interaction: '__Secure-certbound-interaction',
  resume: '__Secure-certbound-resume',
} as const;

const COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', signed: true } as const;

/** Features with nobody to use them. */
const NOBODY = {
  deviceFlow: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  userinfo: { enabled: false },
} as const;

/**
 * Seconds in which somebody answers a page. Anybody can make the service keep what a page is about,
 * so that it is not kept for long.
 */
export const PAGE_SECONDS = 900;

/** Returns for how many seconds what people are in the middle of is kept. */
export function peopleLifetimes({ sessionLifetimeMs = SESSION_LIFETIME_MS }: PeopleFacts) {
  const loggedIn = Math.max(1, Math.floor(sessionLifetimeMs / 1_000));
  return {
    Interaction: PAGE_SECONDS,
    Session: (_ctx: unknown, { accountId }: { readonly accountId?: string | undefined }) =>
      accountId === undefined ? PAGE_SECONDS : loggedIn,
  };
}

type PeopleFeatures = Pick<
  NonNullable<Configuration['features']>,
  'deviceFlow' | 'rpInitiatedLogout' | 'userinfo'
>;

/** Returns the features of the flows with people; all off where there are none. */
export function peopleFeatures(facts: PeopleFacts, decisions: GatewayDecisions): PeopleFeatures {
  if (facts.passwords === undefined) return NOBODY;
  const { issuer, strangers } = facts;
  return {
    deviceFlow: deviceFlow({ issuer, decisions, strangers }),
    rpInitiatedLogout: logoutFlow(issuer),
    userinfo: { enabled: true },
  };
}

export interface PeopleParts extends Pick<LoadedProvider, 'interactionPolicy'> {
  readonly decisions: GatewayDecisions;
}

/** Returns the rest of the configuration: pages, cookies, scopes, the rules of the flow. */
export function peopleConfiguration(
  facts: PeopleFacts,
  { interactionPolicy, decisions }: PeopleParts,
): Configuration {
  const { passwords, scopes = [], issuer } = facts;
  const own = scopes.map(({ name }) => name);
  const hasUser = (name: string): boolean => passwords?.hasUser(name) === true;
  const common: Configuration = {
    scopes: passwords === undefined ? own : [...STANDARD_SCOPES, ...own],
    findAccount: async (ctx, name, source) => {
      // Asked before tokens are issued: a device code is no good with another certificate.
      if (isDeviceCode(source) && !isDeviceOf(ctx, source.deviceInfo, decisions)) return undefined;
      if (!hasUser(name)) return undefined;
      return { accountId: name, claims: () => ({ sub: name, preferred_username: name }) };
    },
    renderError: async (ctx, out, error) => renderError(ctx, out, { error, issuer }),
  };
  if (passwords === undefined) return { ...common, claims: {}, responseTypes: [] };
  return {
    ...common,
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    responseTypes: ['code'],
    // RFC 9700 section 2.1.1, for confidential clients as well.
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    interactions: {
      policy: interactionPolicy(),
      url: (_ctx, { uid }) => `${INTERACTION_PATH}/${uid}`,
    },
    // The grant decides, and not offline_access alone: that says whether it outlives the session.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // Nobody expects a device to stop when they close the browser in which they let it in.
    expiresWithSession: async (_ctx, source) =>
      source.kind !== 'DeviceCode' && !source.scopes.has('offline_access'),
  };
}

/** Returns the names of the cookies and what guards them. */
export function peopleCookies() {
  return { names: COOKIE_NAMES, long: { ...COOKIE, path: '/' }, short: COOKIE };
}

function isDeviceCode(source: unknown): source is { readonly deviceInfo: DeviceFacts } {
  const { kind } = (source ?? {}) as { readonly kind?: unknown };
  return kind === 'DeviceCode';
}
