/** The pages of an interaction, filled with what it is about. */

import { consentPage } from './consent-page.ts';
import { loginPage } from './login-page.ts';
import { answerPage } from './page-answer.ts';
import { scopeTexts } from './scope-texts.ts';
import type { ScopeText } from './scope-texts.ts';
import type { OidcProvider, PageContext } from '../provider.ts';

export type Interaction = Awaited<ReturnType<OidcProvider['interactionDetails']>>;

/** One request to the page of an interaction. */
export interface Turn {
  readonly ctx: PageContext;
  readonly provider: OidcProvider;
  readonly interaction: Interaction;
  readonly issuer: string;
  /** Those of the configuration. */
  readonly scopes: readonly ScopeText[];
}

/** Answers with the page of the interaction as it is for somebody who comes to it. */
export async function showPage(turn: Turn): Promise<void> {
  const { prompt, params } = turn.interaction;
  if (prompt.name !== 'login') return showConsent(turn);
  return showLogin(turn, { name: textOf(params['login_hint']) ?? '' });
}

/** Answers with the page on which somebody logs in. */
export async function showLogin(
  turn: Turn,
  shown: { readonly name: string; readonly problem?: string },
): Promise<void> {
  const { ctx, issuer, interaction } = turn;
  const text = loginPage({ issuer, client: await clientName(turn), ...shown });
  answerPage(ctx, text, [redirectUri(interaction)]);
}

/** Returns the scopes that are asked for and were not allowed before. */
export function missingScopes({ prompt }: Interaction): readonly string[] {
  const { missingOIDCScope: missing } = prompt.details;
  return Array.isArray(missing) ? missing.filter((scope) => typeof scope === 'string') : [];
}

async function showConsent(turn: Turn): Promise<void> {
  const { ctx, issuer, interaction, scopes } = turn;
  const redirect = redirectUri(interaction);
  const missing = missingScopes(interaction);
  const text = consentPage({
    issuer,
    client: await clientName(turn),
    user: interaction.session?.accountId ?? '',
    // Where consent is asked for once more, all that it is about.
    requests: scopeTexts(missing.length > 0 ? missing : grantedScopes(interaction), scopes),
    destination: redirect && placeOf(redirect),
  });
  answerPage(ctx, text, [redirect]);
}

/** The name that people know, else the id. */
async function clientName({ provider, interaction }: Turn): Promise<string> {
  const clientId = String(interaction.params['client_id']);
  const client = await provider.Client.find(clientId);
  return client?.clientName ?? clientId;
}

function grantedScopes({ params }: Interaction): readonly string[] {
  return (textOf(params['scope']) ?? '').split(' ').filter(Boolean);
}

/** Checked when the request came; undefined for a device. */
function redirectUri({ params }: Interaction): string | undefined {
  return textOf(params['redirect_uri']);
}

/** The host of a site, the scheme of an app. */
function placeOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  return url === null ? undefined : url.host || url.protocol.slice(0, -1);
}

function textOf(parameter: unknown): string | undefined {
  return typeof parameter === 'string' ? parameter : undefined;
}
