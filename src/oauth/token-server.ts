/** How calls travel on to the server behind the gateway, the embedded one included. */

import { Readable } from 'node:stream';

import { createStripList } from '../certificate/header/strip-list.ts';
import { whenAtHand } from '../http/at-hand.ts';
import { readBegun } from '../http/begun-body.ts';
import type { Answer, HeaderList, Target } from '../http/exchange.ts';
import type { Form } from '../http/form.ts';
import type { PublicOrigin } from '../http/forwarded.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import { siteOf } from '../http/network.ts';
import { upgradeRefused } from '../http/web-socket.ts';
import type { Upstream, UpstreamAnswer } from '../upstream/forward.ts';
import type { SwitchedAnswer, Upgrader } from '../upstream/upgrade.ts';
import type { Call } from './call.ts';
import type { CertificateFields, CertificateFieldsOfCall } from './certificate-fields.ts';
import type { ClientDecision } from './client-authentication.ts';
import { noteDisplaced } from './displaced.ts';
import {
  REPLACED,
  REPLACED_FOR_DOCUMENT,
  REPLACED_WITH_BODY,
  REPLACED_WITH_CREDENTIAL,
  createServerFields,
} from './server-fields.ts';
import { presentAsItIs, presentCredential } from './upstream-credential.ts';
import type { PresentedForm, PresentingOptions } from './upstream-credential.ts';
import { passAnswer } from './upstream-answer.ts';
import { varyForClient } from './vary.ts';

export interface TokenServerOptions {
  /**
   * `native`: the server speaks RFC 8705 from the certificate header. `gateway`: it knows nothing
   * of certificates, and the gateway does it all.
   */
  readonly kind: 'native' | 'gateway';
  /** For the forms of OAuth endpoints. */
  readonly upstream: Upstream;
  /** For everything else, apart: answers that clients read slowly must not hold up the endpoints. */
  readonly passUpstream: Upstream;
  /** For bodies that are still coming, apart: clients that send slowly must hold up nobody else. */
  readonly streamUpstream: Upstream;
  /** For WebSockets; undefined where the server has none. */
  readonly upgrader: Upgrader | undefined;
  /** Longest time from a form to the end of its answer. */
  readonly deadlineMs: number;
  readonly certificateFields: CertificateFields;
  /**
   * The origin under which the server publishes itself: its `Host` and `X-Forwarded-*`, whatever
   * the client asked for. Undefined: a foreign server, which gets its own host name.
   */
  readonly origin: PublicOrigin | undefined;
  /** The header that carries the gateway's decision to the embedded service. */
  readonly decisionHeader: string | undefined;
}

export interface PostOptions extends PresentingOptions {
  /** Ends the request where it must not end with its client. */
  readonly signal?: LeaveSignal;
}

export interface TokenServer {
  /**
   * The answer to the request as it came, a large body streamed unless it was read already.
   *
   * @throws UpstreamError
   */
  pass(call: Call, body?: Uint8Array): Promise<Answer>;
  /** A GET of the document at the path of the call, not encoded, unconditional. @throws UpstreamError */
  read(call: Call): Promise<UpstreamAnswer>;
  /**
   * The request to go on in another protocol, which no pool may see.
   *
   * @throws UpstreamError, and RequestError 400 where the server takes none.
   */
  upgrade(call: Call): Promise<SwitchedAnswer | UpstreamAnswer>;
  /**
   * The form as we read it, with the credential that the server understands in place of the
   * certificate. @throws UpstreamError
   */
  post(
    call: Call,
    form: Form,
    decision: ClientDecision,
    options?: PostOptions,
  ): Promise<UpstreamAnswer>;
  /** A form of the gateway's own, with nothing of the client's. @throws UpstreamError */
  ask(
    call: Call,
    question: OwnQuestion,
    options?: Pick<PostOptions, 'signal'>,
  ): Promise<UpstreamAnswer>;
}

export interface OwnQuestion {
  readonly path: string;
  readonly headers: HeaderList;
  readonly form: Uint8Array;
}

const FORM = ['content-type', 'application/x-www-form-urlencoded'] as const;
const IDENTITY = ['accept-encoding', 'identity'] as const;
const NOTHING_SHOWN: CertificateFieldsOfCall = { standing: [], proof: undefined };

export function createTokenServer(options: TokenServerOptions): TokenServer {
  const { upstream, passUpstream, streamUpstream, upgrader } = options;
  const { certificateFields, origin, deadlineMs } = options;
  const ours = createStripList(certificateFields.names);
  const fieldsOf = createServerFields(origin);

  const forClient = (answer: UpstreamAnswer, { journal }: Call): UpstreamAnswer => {
    noteDisplaced(answer, journal);
    const headers = varyForClient(answer.headers, ours);
    return headers === answer.headers ? answer : { ...answer, headers };
  };

  const passOn = (call: Call, body: Uint8Array | Readable | undefined): Promise<Answer> => {
    const { exchange } = call;
    const { headers, standing } = fieldsOf(call, REPLACED, certificateFields.of(call));
    const answered = (body instanceof Readable ? streamUpstream : passUpstream).send({
      method: exchange.method,
      target: targetText(exchange.target),
      headers,
      standing,
      body,
      network: networkFor(call),
      signal: exchange.signal,
      trace: call.trace,
    });
    return answered.then((answer) => passAnswer(forClient(answer, call)));
  };

  return {
    pass: (call, body) => {
      const { exchange } = call;
      const whole = body ?? (exchange.hasBody ? exchange.arrivedBody : undefined);
      if (whole !== undefined || !exchange.hasBody) return passOn(call, whole);
      return readBegun(exchange.body).then((read) => passOn(call, read));
    },
    upgrade: async (call) => {
      const { exchange } = call;
      if (upgrader === undefined) throw upgradeRefused('the server takes no upgrade');
      const { headers, standing } = fieldsOf(call, REPLACED, certificateFields.of(call));
      return upgrader.ask({
        target: targetText(exchange.target),
        headers: [...headers, ...standing.flat()],
        signal: exchange.signal,
        trace: call.trace,
      });
    },
    read: async (call) => {
      const { headers, standing } = fieldsOf(call, REPLACED_FOR_DOCUMENT, NOTHING_SHOWN);
      const answer = await upstream.send({
        method: 'GET',
        target: targetText(call.exchange.target),
        headers: [...headers, IDENTITY],
        standing,
        body: undefined,
        network: networkFor(call),
        signal: call.exchange.signal,
        deadlineMs,
        trace: call.trace,
      });
      return forClient(answer, call);
    },
    post: async (call, form, decision, how = {}) => {
      const presented = present(form, decision, options, how);
      const sent = presented instanceof Promise ? await presented : presented;
      const replaced = sent.keepsAuthorization ? REPLACED_WITH_BODY : REPLACED_WITH_CREDENTIAL;
      const shown = certificateFields.of(call, decision);
      const { headers, standing } = fieldsOf(call, replaced, shown);
      headers.push(FORM, IDENTITY, ...sent.headers);
      const answer = await upstream.send({
        method: 'POST',
        target: call.exchange.target.path,
        headers,
        standing,
        body: sent.body,
        network: networkFor(call),
        signal: how.signal ?? call.exchange.signal,
        deadlineMs,
        trace: call.trace,
      });
      return forClient(answer, call);
    },
    ask: (call, { path, headers, form }, { signal = call.exchange.signal } = {}) =>
      upstream.send({
        method: 'POST',
        target: path,
        headers: [...headers, FORM, IDENTITY, ['x-request-id', call.exchange.requestId]],
        body: form,
        network: networkFor(call),
        signal,
        deadlineMs,
        trace: call.trace,
      }),
  };
}

/** Who has many networks has no more turns for it. */
function networkFor({ forwarding }: Call): string {
  return siteOf(forwarding.path[0]);
}

function targetText({ path, query }: Target): string {
  return query === undefined ? path : `${path}?${query}`;
}

/** How the form goes on to a server of this kind. */
function present(
  form: Form,
  decision: ClientDecision,
  { kind, decisionHeader }: TokenServerOptions,
  how: PresentingOptions,
): PresentedForm | Promise<PresentedForm> {
  if (decision.kind === 'deferred') return presentAsItIs(form);
  if (kind === 'gateway') return presentCredential(form, decision.client, how);
  if (decisionHeader === undefined) return presentAsItIs(form);
  const { clientId, upstreamCredential } = decision.client;
  const decided = (sent: PresentedForm): PresentedForm => ({
    ...sent,
    headers: [...sent.headers, [decisionHeader, encodeURIComponent(clientId)]],
  });
  if (upstreamCredential === undefined) return decided(presentAsItIs(form));
  const sent = presentCredential(form, decision.client, how);
  return whenAtHand(sent, decided);
}
