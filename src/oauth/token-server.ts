/** How calls travel on to the server behind the gateway, the embedded one included. */

import { Readable } from 'node:stream';

import { createStripList } from '../certificate/header/strip-list.ts';
import { readBegun } from '../http/begun-body.ts';
import type { HeaderList, Target } from '../http/exchange.ts';
import { FieldNames } from '../http/field-names.ts';
import type { Form } from '../http/form.ts';
import { createWithForwarded } from '../http/forwarded.ts';
import type { PublicOrigin } from '../http/forwarded.ts';
import { withoutFields } from '../http/header-list.ts';
import type { LeaveSignal } from '../http/leave-signal.ts';
import { siteOf } from '../http/network.ts';
import { upgradeRefused } from '../http/web-socket.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../upstream/forward.ts';
import type { SwitchedAnswer, Upgrader } from '../upstream/upgrade.ts';
import type { Call } from './call.ts';
import type { CertificateFields } from './certificate-fields.ts';
import type { ClientDecision } from './client-authentication.ts';
import { noteDisplaced } from './displaced.ts';
import { presentAsItIs, presentCredential } from './upstream-credential.ts';
import type { PresentedForm, PresentingOptions } from './upstream-credential.ts';
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
  /** The request as it came, a large body streamed unless it was read already. @throws UpstreamError */
  pass(call: Call, body?: Uint8Array): Promise<UpstreamAnswer>;
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

/** Never forwarded as they came: they speak of a body or a hop that is not the one we make. */
const REPLACED = new FieldNames(['host', 'expect']);
const REPLACED_WITH_BODY = REPLACED.with([
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
]);

/** The same where the gateway presents the client by a credential of its own. */
const REPLACED_WITH_CREDENTIAL = REPLACED_WITH_BODY.with(['authorization']);

/** What would make the answer a part of the document, or none at all (RFC 9110 sections 13 and 14). */
const REPLACED_FOR_DOCUMENT = REPLACED_WITH_BODY.with([
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

export function createTokenServer(options: TokenServerOptions): TokenServer {
  const { upstream, passUpstream, streamUpstream, upgrader } = options;
  const { certificateFields, origin, deadlineMs } = options;
  const ours = createStripList(certificateFields.names);
  const withForwarded = createWithForwarded(origin);

  const fields = (call: Call, replaced: FieldNames): HeaderList => [
    ...(origin === undefined ? [] : [['host', origin.authority] as const]),
    ...withForwarded(withoutFields(call.headers, replaced), call.exchange, call.forwarding),
  ];

  const forClient = (answer: UpstreamAnswer, { journal }: Call): UpstreamAnswer => {
    noteDisplaced(answer, journal);
    const headers = varyForClient(answer.headers, ours);
    return headers === answer.headers ? answer : { ...answer, headers };
  };

  return {
    pass: async (call, body) => {
      const { exchange } = call;
      const sent =
        body ??
        (exchange.hasBody ? await readBegun(exchange.arrivedBody ?? exchange.body) : undefined);
      const answer = await (sent instanceof Readable ? streamUpstream : passUpstream).send({
        method: exchange.method,
        target: targetText(exchange.target),
        headers: [...fields(call, REPLACED), ...certificateFields.of(call)],
        body: sent,
        signal: exchange.signal,
        ...madeFor(call),
      });
      return forClient(answer, call);
    },
    upgrade: async (call) => {
      const { exchange } = call;
      if (upgrader === undefined) throw upgradeRefused('the server takes no upgrade');
      return upgrader.ask({
        target: targetText(exchange.target),
        headers: [...fields(call, REPLACED), ...certificateFields.of(call)],
        signal: exchange.signal,
        trace: call.trace,
      });
    },
    read: async (call) => {
      const answer = await upstream.send({
        method: 'GET',
        target: targetText(call.exchange.target),
        headers: [...fields(call, REPLACED_FOR_DOCUMENT), ['accept-encoding', 'identity']],
        body: undefined,
        signal: call.exchange.signal,
        ...madeFor(call),
        deadlineMs,
      });
      return forClient(answer, call);
    },
    post: async (call, form, decision, { signal = call.exchange.signal, ...how } = {}) => {
      const presented = present(form, decision, options, how);
      const sent = presented instanceof Promise ? await presented : presented;
      const replaced = sent.keepsAuthorization ? REPLACED_WITH_BODY : REPLACED_WITH_CREDENTIAL;
      const answer = await upstream.send({
        method: 'POST',
        target: call.exchange.target.path,
        headers: [
          ...fields(call, replaced),
          ...certificateFields.of(call, decision),
          ['content-type', 'application/x-www-form-urlencoded'],
          ['accept-encoding', 'identity'],
          ...sent.headers,
        ],
        body: sent.body,
        signal,
        ...madeFor(call),
        deadlineMs,
      });
      return forClient(answer, call);
    },
    ask: (call, { path, headers, form }, { signal = call.exchange.signal } = {}) =>
      upstream.send({
        method: 'POST',
        target: path,
        headers: [
          ...headers,
          ['content-type', 'application/x-www-form-urlencoded'],
          ['accept-encoding', 'identity'],
          ['x-request-id', call.exchange.requestId],
        ],
        body: form,
        signal,
        ...madeFor(call),
        deadlineMs,
      }),
  };
}

function madeFor({ forwarding, trace }: Call): Pick<UpstreamRequest, 'network' | 'trace'> {
  // Who has many networks has no more turns for it.
  return { network: siteOf(forwarding.path[0]), trace };
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
  return sent instanceof Promise ? sent.then(decided) : decided(sent);
}
