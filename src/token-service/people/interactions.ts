/** What somebody is asked before a client gets its answer: who they are, and whether they allow it. */

import { consentPage } from './consent-page.ts';
import { answerError } from './error-answer.ts';
import { loginPage } from './login-page.ts';
import { answerPage } from './page-answer.ts';
import { readPageForm } from './page-form.ts';
import { interactionIdOf } from './paths.ts';
import { scopeTexts } from './scope-texts.ts';
import type { ScopeText } from './scope-texts.ts';
import type { CertboundError } from '../../errors.ts';
import type { Log } from '../log.ts';
import { refusedPassword } from '../passwords.ts';
import type { Passwords, PasswordVerdict } from '../passwords.ts';
import type { LoadedProvider, OidcProvider, PageContext } from '../provider.ts';

export interface InteractionDeps {
  readonly issuer: string;
  readonly passwords: Passwords;
  readonly scopes: readonly ScopeText[];
  readonly loaded: Pick<LoadedProvider, 'refusal' | 'expired'>;
  readonly log: Log;
}

type Interaction = Awaited<ReturnType<OidcProvider['interactionDetails']>>;

/** What an interaction page works with. */
interface Turn {
  readonly ctx: PageContext;
  readonly provider: OidcProvider;
  readonly interaction: Interaction;
  readonly deps: InteractionDeps;
}

type Fields = ReadonlyMap<string, string>;

/** Adds the pages to the provider, behind the guard of pages. Whatever goes wrong is a page, too. */
export function serveInteractions(provider: OidcProvider, deps: InteractionDeps): void {
  const { issuer, loaded, log } = deps;

  async function answer(ctx: PageContext, id: string): Promise<void> {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    if (interaction.uid !== id) throw loaded.expired('the cookie belongs to another interaction');
    const turn: Turn = { ctx, provider, interaction, deps };
    if (ctx.method !== 'POST') return showPage(turn);
    const fields = await readPageForm(ctx.req);
    if (fields === undefined) throw loaded.refusal('invalid_request', 'the form can not be read');
    return takeAnswer(turn, fields);
  }

  provider.use(async (ctx, next) => {
    const id = interactionIdOf(ctx.path);
    if (id === undefined) return next();
    try {
      await answer(ctx, id);
    } catch (error) {
      answerError(ctx, error, { issuer, log });
    }
  });
}

async function showPage(turn: Turn): Promise<void> {
  const { name } = turn.interaction.prompt;
  if (name === 'login') return showLogin(turn, { name: loginHint(turn.interaction) });
  return showConsent(turn);
}

async function takeAnswer(turn: Turn, fields: Fields): Promise<void> {
  const { prompt } = turn.interaction;
  const answer = fields.get('answer');
  if (answer === 'cancel') {
    return finish(turn, { error: 'access_denied', error_description: 'the user said no' });
  }
  if (prompt.name === 'login' && answer === 'login') return logIn(turn, fields);
  if (prompt.name === 'consent' && answer === 'allow') return allow(turn);
  // Of a page that is over, such as one that the browser went back to.
  return showPage(turn);
}

async function logIn(turn: Turn, fields: Fields): Promise<void> {
  const { ctx, deps } = turn;
  const name = fields.get('username') ?? '';
  const password = fields.get('password') ?? '';
  if (name === '' || password === '') {
    ctx.status = 400;
    return showLogin(turn, { name, problem: 'Enter your user name and your password.' });
  }
  // The first address of X-Forwarded-For, which the gateway writes and no client.
  const verdict = await deps.passwords.verify({ name, password, address: ctx.ip });
  if (verdict !== 'right') {
    tellLog(turn, 'a login was refused', refusedPassword(verdict));
    const { status, problem } = REFUSED[verdict];
    ctx.status = status;
    return showLogin(turn, { name, problem });
  }
  tellLog(turn, 'somebody logged in');
  // What the browser keeps is gone when it is closed.
  return finish(turn, { login: { accountId: name, remember: false } });
}

const REFUSED: Readonly<
  Record<Exclude<PasswordVerdict, 'right'>, { readonly status: number; readonly problem: string }>
> = {
  wrong: {
    status: 400,
    problem: 'The user name or the password is not right. Check both and try again.',
  },
  blocked: {
    status: 429,
    problem:
      'There were too many wrong passwords. Wait a few minutes, then try again. Until then not even the right one is looked at.',
  },
  overloaded: {
    status: 503,
    problem: 'We can’t look at passwords right now. Try again in a moment.',
  },
};

/** Records what is allowed, and goes on. */
async function allow(turn: Turn): Promise<void> {
  const { provider, interaction } = turn;
  const { session, grantId, params, prompt } = interaction;
  const accountId = session?.accountId;
  if (accountId === undefined) throw turn.deps.loaded.expired('nobody is logged in any more');
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId, clientId: String(params['client_id']) });
  const missing = missingScopes(prompt.details);
  if (missing.length > 0) grant.addOIDCScope(missing.join(' '));
  return finish(turn, { consent: { grantId: await grant.save() } }, true);
}

async function finish(
  { ctx, provider }: Turn,
  result: Parameters<OidcProvider['interactionResult']>[2],
  mergeWithLastSubmission = false,
): Promise<void> {
  const next = await provider.interactionResult(ctx.req, ctx.res, result, {
    mergeWithLastSubmission,
  });
  ctx.set('cache-control', 'no-store');
  ctx.redirect(next);
  ctx.status = 303;
}

async function showLogin(
  turn: Turn,
  shown: { readonly name: string; readonly problem?: string },
): Promise<void> {
  const { ctx, deps, interaction } = turn;
  const text = loginPage({ issuer: deps.issuer, client: await clientName(turn), ...shown });
  answerPage(ctx, text, [redirectUri(interaction)]);
}

async function showConsent(turn: Turn): Promise<void> {
  const { ctx, deps, interaction } = turn;
  const redirect = redirectUri(interaction);
  const text = consentPage({
    issuer: deps.issuer,
    client: await clientName(turn),
    user: interaction.session?.accountId ?? '',
    requests: scopeTexts(missingScopes(interaction.prompt.details), deps.scopes),
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

/** Checked when the request came; undefined for a device. */
function redirectUri({ params }: Interaction): string | undefined {
  const { redirect_uri: uri } = params;
  return typeof uri === 'string' ? uri : undefined;
}

/** The host of a site, the scheme of an app. */
function placeOf(uri: string): string | undefined {
  const url = URL.parse(uri);
  return url === null ? undefined : url.host || url.protocol.slice(0, -1);
}

function loginHint({ params }: Interaction): string {
  const { login_hint: hint } = params;
  return typeof hint === 'string' ? hint : '';
}

function missingScopes(details: Interaction['prompt']['details']): readonly string[] {
  const { missingOIDCScope: missing } = details;
  return Array.isArray(missing) ? missing.filter((scope) => typeof scope === 'string') : [];
}

function tellLog({ ctx, interaction, deps }: Turn, text: string, refusal?: CertboundError): void {
  deps.log('info', text, {
    client_id: String(interaction.params['client_id']),
    request_id: ctx.get('x-request-id').slice(0, 128),
    ...(refusal !== undefined && { reason: refusal.reason }),
  });
}
