/** The UMA grant (UMA 2.0 Grant section 3.3): a ticket leads to a requesting party token. */

import { certificateToBind } from '../tokens/certificate-to-bind.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { LoadedProvider, OidcProvider } from '../provider.ts';
import { assess } from './assessment.ts';
import { holderOf } from './live-token.ts';
import type { LiveToken } from './live-token.ts';
import { fitInToken, mergePermissions } from './permission.ts';
import type { Permission } from './permission.ts';
import type { Policy, Requester } from './policy.ts';
import { requestDenied, ticketRefusal } from './refusals.ts';
import { readRequestingUser } from './requester.ts';
import type { RequestingPartyTokens } from './requesting-party-token.ts';
import { standingPermissions } from './standing-permissions.ts';
import type { StandingDeps } from './standing-permissions.ts';
import type { Tickets } from './tickets.ts';
import type { AccessToken, Client, KoaContextWithOIDC } from 'oidc-provider';

export interface UmaGrantDeps extends StandingDeps {
  readonly policies: readonly Policy[];
  readonly tickets: Tickets;
  readonly tokens: RequestingPartyTokens;
  readonly findToken: (value: string) => Promise<LiveToken | undefined>;
  readonly decisions: GatewayDecisions;
  readonly loaded: Pick<LoadedProvider, 'refusal' | 'denial'>;
}

export const UMA_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:uma-ticket';

const PARAMETERS = ['ticket', 'rpt', 'scope', 'claim_token', 'claim_token_format'] as const;

/** Adds the grant to the provider. It gathers no claims: what no policy allows is denied. */
export function addUmaGrant(provider: OidcProvider, deps: UmaGrantDeps): void {
  const { policies, tickets, tokens, findToken, decisions, loaded } = deps;

  async function answer(ctx: KoaContextWithOIDC): Promise<void> {
    const { client, params = {} } = ctx.oidc;
    const { ticket, rpt, scope } = params;
    if (client === undefined) throw loaded.refusal('invalid_request', 'no client');
    if (typeof ticket !== 'string') throw loaded.refusal('invalid_request', 'expected ticket');
    const certificate = certificateToBind(ctx, client, { decisions, loaded });
    // Presented is used up, whatever becomes of the request.
    const asked = await tickets.redeem(ticket);
    if (asked === undefined) throw ticketInvalid();
    const userToken = await readRequestingUser(
      {
        request: ctx.req,
        clientId: client.clientId,
        claimToken: params['claim_token'],
        claimTokenFormat: params['claim_token_format'],
      },
      deps,
    );
    const requester = { clientId: client.clientId, user: userToken?.accountId };
    const before = await permissionsBefore(rpt, requester);
    const granted = await grant(asked, scope, requester);

    const all = mergePermissions([...before, ...granted]);
    const isUpgraded = before.length > 0 && fitInToken(all);
    const token = createToken(client, userToken);
    tokens.give(token, isUpgraded ? all : granted);
    if (certificate !== undefined) token.setThumbprint('x5t', certificate);
    ctx.oidc.entity(token.kind, token);
    ctx.body = {
      access_token: await token.save(),
      expires_in: token.expiration,
      token_type: token.tokenType,
      ...(isUpgraded && { upgraded: true }),
    };
  }

  /** What the token to be upgraded is good for; nothing where there is none. */
  async function permissionsBefore(
    rpt: unknown,
    { clientId, user }: Requester,
  ): Promise<readonly Permission[]> {
    if (rpt === undefined) return [];
    const token = typeof rpt === 'string' ? await findToken(rpt) : undefined;
    const holder = token && holderOf(token);
    const isTheirs = holder?.clientId === clientId && holder.user === user;
    const permissions = token && isTheirs ? await tokens.permissionsOf(token) : undefined;
    if (permissions === undefined) {
      throw ticketRefusal(loaded, 'uma_token_refused', 'the rpt is not a token of this requester');
    }
    return permissions.map(({ resource, scopes }) => ({ resourceId: resource.id, scopes }));
  }

  async function grant(
    asked: readonly Permission[],
    scope: unknown,
    requester: Requester,
  ): Promise<readonly Permission[]> {
    const permissions = await standingPermissions(asked, deps);
    const requestedScopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
    const granted = assess({ permissions, requestedScopes }, requester, policies);
    if (granted === 'invalid_scope') {
      throw loaded.refusal('invalid_scope', 'a scope is not one that the client may ask for here');
    }
    if (granted.length === 0) throw requestDenied(loaded);
    if (fitInToken(granted)) return granted;
    throw loaded.refusal('invalid_scope', 'these are more scopes than one token can have');
  }

  /** That of a user ends with the login that the user's token is from. */
  function createToken(client: Client, userToken: AccessToken | undefined): LiveToken {
    if (userToken === undefined) return new provider.ClientCredentials({ client });
    const { accountId, grantId, expiresWithSession, sessionUid } = userToken;
    const login = { accountId, grantId, expiresWithSession, sessionUid };
    return new provider.AccessToken({ client, ...login, gty: UMA_GRANT_TYPE });
  }

  function ticketInvalid(): Error {
    return ticketRefusal(
      loaded,
      'uma_ticket_invalid',
      'the ticket is unknown, expired or was redeemed already',
    );
  }

  provider.registerGrantType(UMA_GRANT_TYPE, answer, PARAMETERS);
}
