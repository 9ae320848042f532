/**
 * The only file that loads oidc-provider. Three of its modules are replaced while it is loaded. One
 * prints notices to the console: here they reach the log instead, at once and later, and nobody's
 * console is touched. One refuses JWTs at introspection and revocation, which are served here
 * (`withJwtRecords`). One makes the page of a form that sends itself: here the form is left to a page
 * of ours (`onwardForm`).
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { registerHooks } from 'node:module';

import type { RequestError } from '../errors.ts';
import type { Log } from './log.ts';
import type * as Package from 'oidc-provider';
import type {
  Adapter,
  AdapterFactory,
  Configuration,
  KoaContextWithOIDC,
  Provider,
  TokenEndpointGrantContext,
} from 'oidc-provider';

export type OidcProvider = Provider;
export type { Adapter, AdapterFactory, Configuration };

/** A request and its answer, as middleware has them before the provider's own routes. */
export type PageContext = Parameters<Parameters<OidcProvider['use']>[0]>[0];

export interface LoadedProvider {
  /** `completing`, where given, is put around the work of every grant. */
  readonly createProvider: (
    issuer: string,
    configuration: Configuration,
    completing?: (request: IncomingMessage, work: () => Promise<void>) => Promise<void>,
  ) => OidcProvider;
  /** What is known of the request that is being answered; undefined outside of one. */
  readonly currentContext: () => KoaContextWithOIDC | undefined;
  /** The request that is being answered; undefined outside of one. */
  readonly currentRequest: () => IncomingMessage | undefined;
  /** An error that the provider answers as 503 with an OAuth body; `cause` is for the log. */
  readonly unavailable: (cause: Error) => Error;
  /** An error that the provider answers as 400 with this code and text; `cause` is for the log. */
  readonly refusal: (code: RefusalCode, text: string, cause?: Error) => Error;
  /** The same as 403. */
  readonly denial: (code: DenialCode, text: string, cause: Error) => Error;
  /** An error that is answered here, and not at the client, with the status and text of `cause`. */
  readonly crowded: (cause: RequestError) => Error;
  /** An error that the provider answers as 400: what somebody was asked for is over. */
  readonly expired: (text: string) => Error;
  /** When people are asked to log in and to consent: the provider's rules, and one of ours. */
  readonly interactionPolicy: () => InteractionPolicy;
  /** Ends the delivery of notices to the log. */
  release(): void;
}

/** Codes of RFC 6749 section 5.2 and RFC 8707 section 2. */
export type RefusalCode = 'invalid_request' | 'invalid_scope' | 'invalid_grant' | 'invalid_target';

type InteractionPolicy = NonNullable<NonNullable<Configuration['interactions']>['policy']>;
type GrantParameters = Parameters<Provider['registerGrantType']>[2];

/** Codes of UMA 2.0 Grant section 3.3.6 that stand for 403. */
export type DenialCode = 'request_denied';

interface Notice {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

const CHANNEL = 'certbound.oidc-provider.notices';

/** Has the same two exports as the module that it stands in for. */
const NOTICE_SOURCE = `
  import { channel } from 'node:diagnostics_channel';
  const notices = channel('${CHANNEL}');
  export const info = (text) => notices.publish({ level: 'info', text });
  export const warn = (text) => notices.publish({ level: 'warn', text });
`;

/** Decides the status as the module does that it stands in for. */
const FORM_SOURCE = `
  export default (ctx, action, fields) => {
    if (![200, 400, 500].includes(ctx.status)) ctx.status = 'error' in fields ? 400 : 200;
    ctx.state.onwardForm = { action, fields };
  };
`;

/** What stands in for the package's modules, by the end of their paths. */
const REPLACED: readonly (readonly [path: string, source: string])[] = [
  ['/oidc-provider/lib/helpers/attention.js', NOTICE_SOURCE],
  [
    '/oidc-provider/lib/shared/reject_structured_tokens.js',
    'export default (ctx, next) => next();',
  ],
  ['/oidc-provider/lib/response_modes/form_post.js', FORM_SOURCE],
];

/** It means that `process.release.lts` is not set; the version that runs is pinned and tested. */
const EXPECTED_NOTICE = /^Unsupported runtime\./;

/** A form that a page sends on by itself. */
export interface OnwardForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

/** Returns the form that the provider wants to have sent on; undefined where it answered otherwise. */
export function onwardForm({ state }: PageContext): OnwardForm | undefined {
  return (state as { readonly onwardForm?: OnwardForm }).onwardForm;
}

/** Loads the package; its notices go to the log until `release`. */
export async function loadProvider(log: Log): Promise<LoadedProvider> {
  const listener = (message: unknown): void => {
    const { level, text } = message as Notice;
    log(EXPECTED_NOTICE.test(text) ? 'debug' : level, 'notice of the token service', { text });
  };
  subscribe(CHANNEL, listener);
  const { Provider, errors, interactionPolicy } = await importQuietly();

  return {
    createProvider(issuer, configuration, completing = (_request, work) => work()) {
      // The provider registers its own grants through this method, too.
      class CompletingProvider extends Provider {
        override registerGrantType<Params extends object>(
          name: string,
          handler: (ctx: TokenEndpointGrantContext<Params>) => void | Promise<void>,
          params?: GrantParameters,
          duplicates?: GrantParameters,
        ): void {
          const completed: typeof handler = (ctx) => completing(ctx.req, async () => handler(ctx));
          super.registerGrantType(name, completed, params, duplicates);
        }
      }
      return new CompletingProvider(issuer, configuration);
    },
    currentContext: () => Provider.ctx,
    currentRequest: () => Provider.ctx?.req,

    unavailable(cause) {
      const error = new errors.OIDCProviderError(503, 'temporarily_unavailable');
      const error_description = 'the service is temporarily unavailable';
      // Without it the provider answers any 5xx as 500 server_error.
      return Object.assign(error, { expose: true, error_description, cause });
    },

    crowded(cause) {
      const error = new errors.OIDCProviderError(cause.status, cause.code);
      const error_description = cause.publicText;
      return Object.assign(error, {
        expose: true,
        allow_redirect: false,
        error_description,
        cause,
      });
    },

    refusal(code, text, cause) {
      const error = new errors.CustomOIDCProviderError(code, text);
      return cause === undefined ? error : Object.assign(error, { cause });
    },

    denial(code, text, cause) {
      const error = new errors.OIDCProviderError(403, code);
      return Object.assign(error, { error_description: text, cause });
    },

    expired: (text) => new errors.SessionNotFound(text),

    interactionPolicy() {
      const policy = interactionPolicy.base();
      const { Check } = interactionPolicy;
      const isUserGone = (ctx: KoaContextWithOIDC): boolean =>
        ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined;
      // The provider would go on with nobody.
      policy.get('login')?.checks.add(new Check('user_gone', 'the user is gone', isUserGone));
      return policy;
    },

    release: () => void unsubscribe(CHANNEL, listener),
  };
}

async function importQuietly(): Promise<typeof Package> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const [, source] = REPLACED.find(([path]) => url.endsWith(path)) ?? [];
      if (source === undefined) return nextLoad(url, context);
      return { format: 'module', source, shortCircuit: true };
    },
  });
  try {
    return await import('oidc-provider');
  } finally {
    hooks.deregister();
  }
}
