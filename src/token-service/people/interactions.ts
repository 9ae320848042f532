/** What somebody is asked before a client gets its answer: who they are, and whether they allow it. */

import { answerError } from './error-answer.ts';
import { missingScopes, showLogin, showPage } from './interaction-pages.ts';
import type { Turn } from './interaction-pages.ts';
import { readPageForm } from './page-form.ts';
import { interactionIdOf } from './paths.ts';
import type { ScopeText } from './scope-texts.ts';
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

type Fields = ReadonlyMap<string, string>;

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

/** Adds the pages to the provider, behind the guard of pages. Whatever goes wrong is a page, too. */
export function serveInteractions(provider: OidcProvider, deps: InteractionDeps): void {
  const { issuer, scopes, loaded, log } = deps;

  async function answer(ctx: PageContext, id: string): Promise<void> {
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    if (interaction.uid !== id) throw loaded.expired('the cookie belongs to another interaction');
    const turn: Turn = { ctx, provider, interaction, issuer, scopes };
    if (ctx.method !== 'POST') return showPage(turn);
    const fields = await readPageForm(ctx.req);
    if (fields === undefined) throw loaded.refusal('invalid_request', 'the form can not be read');
    return takeAnswer(turn, fields, deps);
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

async function takeAnswer(turn: Turn, fields: Fields, deps: InteractionDeps): Promise<void> {
  const { prompt } = turn.interaction;
  const answer = fields.get('answer');
  if (answer === 'cancel') {
    return finish(turn, { error: 'access_denied', error_description: 'the user said no' });
  }
  if (prompt.name === 'login' && answer === 'login') return logIn(turn, fields, deps);
  if (prompt.name === 'consent' && answer === 'allow') return allow(turn, deps);
  // Of a page that is over, such as one that the browser went back to.
  return showPage(turn);
}

async function logIn(
  turn: Turn,
  fields: Fields,
  { passwords, log }: InteractionDeps,
): Promise<void> {
  const { ctx } = turn;
  const name = fields.get('username') ?? '';
  const password = fields.get('password') ?? '';
  if (name === '' || password === '') {
    ctx.status = 400;
    return showLogin(turn, { name, problem: 'Enter your user name and your password.' });
  }
  // The first address of X-Forwarded-For, which the gateway writes and no client.
  const verdict = await passwords.verify({ name, password, address: ctx.ip });
  if (verdict !== 'right') {
    // Without the name: people type their password into its field now and then.
    const { reason } = refusedPassword(verdict);
    log('info', 'a login was refused', { ...requestFields(turn), reason });
    const { status, problem } = REFUSED[verdict];
    ctx.status = status;
    return showLogin(turn, { name, problem });
  }
  log('info', 'a user logged in', { ...requestFields(turn), user: name });
  // What the browser keeps is gone when it is closed.
  return finish(turn, { login: { accountId: name, remember: false } });
}

/** Records what is allowed, and goes on. */
async function allow(turn: Turn, { loaded }: InteractionDeps): Promise<void> {
  const { provider, interaction } = turn;
  const { session, grantId, params } = interaction;
  const accountId = session?.accountId;
  if (accountId === undefined) throw loaded.expired('nobody is logged in any more');
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId, clientId: String(params['client_id']) });
  const missing = missingScopes(interaction);
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
  ctx.redirect(next);
  ctx.status = 303;
}

function requestFields({ ctx, interaction }: Turn) {
  return {
    client_id: String(interaction.params['client_id']),
    request_id: ctx.get('x-request-id').slice(0, 128),
  };
}
