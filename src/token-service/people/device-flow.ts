/** The device flow (RFC 8628): its pages, and what binds a device code to a certificate. */

import { hash } from 'node:crypto';

import {
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
  deviceRefusedPage,
} from './device-page.ts';
import type { DeviceForm } from './device-page.ts';
import { renderError } from './error-answer.ts';
import type { ErrorFacts } from './error-answer.ts';
import { answerPage } from './page-answer.ts';
import type { GatewayDecisions } from '../gateway-decision.ts';
import type { StrangerLimits } from '../strangers.ts';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What is kept with a device code besides what the provider keeps. */
export interface DeviceFacts {
  /** SHA-256 thumbprint of the certificate of a public client; that of another is no good for it. */
  readonly thumbprint?: string;
}

export interface DeviceFlowDeps {
  readonly issuer: string;
  readonly decisions: GatewayDecisions;
  readonly strangers: Pick<StrangerLimits, 'codes'>;
}

/** By the names of the provider's errors. */
const PROBLEMS: Readonly<Record<string, string>> = {
  NoCodeError: 'Enter the code that your device shows.',
  NotFoundError: 'There is no such code. Compare it with what your device shows, and try again.',
  ExpiredError: 'This code has expired. Have your device show a new one, and enter that.',
  AlreadyUsedError: 'This code was used already. Have your device show a new one, and enter that.',
};
const OTHER_PROBLEM = 'That did not work. Have your device show a new code, and enter that.';

/** Returns the provider's configuration of the flow. */
export function deviceFlow({ issuer, decisions, strangers }: DeviceFlowDeps) {
  return {
    enabled: true,
    // No address and no agent: nobody asks for them, and they would be kept.
    deviceInfo: (ctx: KoaContextWithOIDC) => ({ ...deviceFacts(ctx, decisions) }),

    async userCodeInputSource(
      ctx: KoaContextWithOIDC,
      _form: string,
      facts?: ErrorFacts,
      error?: Error & { readonly userCode?: string },
    ): Promise<void> {
      if (error?.name === 'AbortedError') return answerPage(ctx, deviceRefusedPage(issuer));
      if (error?.name === 'NotFoundError') strangers.codes.failed(ctx.ip);
      // Not the code is wrong, but something here.
      if (error !== undefined && facts !== undefined && (ctx.status === 429 || ctx.status >= 500)) {
        return renderError(ctx, facts, { error, issuer });
      }
      const problem = error && (PROBLEMS[error.name] ?? OTHER_PROBLEM);
      if (error !== undefined && ctx.status < 400) ctx.status = 400;
      answerPage(
        ctx,
        deviceCodePage(formOf(ctx, issuer), { code: error?.userCode ?? '', problem }),
      );
    },

    async userCodeConfirmSource(
      ctx: KoaContextWithOIDC,
      _form: string,
      client: { readonly clientId: string; readonly clientName?: string | undefined },
      _info: unknown,
      code: string,
    ): Promise<void> {
      const name = client.clientName ?? client.clientId;
      answerPage(ctx, deviceConfirmPage(formOf(ctx, issuer), { client: name, code }));
    },

    async successSource(ctx: KoaContextWithOIDC): Promise<void> {
      const { client } = ctx.oidc;
      answerPage(ctx, deviceDonePage(issuer, client?.clientName ?? client?.clientId ?? ''));
    },
  };
}

/** Whether the certificate of the request may redeem what was begun with these facts. */
export function isDeviceOf(
  ctx: KoaContextWithOIDC,
  { thumbprint }: DeviceFacts,
  decisions: GatewayDecisions,
): boolean {
  return thumbprint === undefined || thumbprint === presentedThumbprint(ctx, decisions);
}

/** A confidential client proves itself whenever it comes back (RFC 8705 section 7.1). */
function deviceFacts(ctx: KoaContextWithOIDC, decisions: GatewayDecisions): DeviceFacts {
  if (ctx.oidc.client?.clientAuthMethod !== 'none') return {};
  const thumbprint = presentedThumbprint(ctx, decisions);
  return thumbprint === undefined ? {} : { thumbprint };
}

function presentedThumbprint(
  ctx: KoaContextWithOIDC,
  decisions: GatewayDecisions,
): string | undefined {
  const certificate = decisions.certificate(ctx.req, ctx.oidc.client?.clientId);
  return certificate && hash('sha256', certificate.raw, 'base64url');
}

function formOf(ctx: KoaContextWithOIDC, issuer: string): DeviceForm {
  const { secret = '' } = (ctx.oidc.session?.state ?? {}) as { readonly secret?: string };
  return { issuer, action: ctx.oidc.urlFor('code_verification'), xsrf: secret };
}
