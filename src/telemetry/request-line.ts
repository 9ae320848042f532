/** The log line of a request: the line that is written most. */

import type { RequestRecord } from './events.ts';
import { fieldOf } from './field-rules.ts';
import type { LogLevel } from './log-fields.ts';
import { millisecondsText } from './log-duration.ts';
import { socketOf } from './log-fields.ts';
import { LogLine, endOf } from './log-line.ts';
import { RecurringField } from './recurring-field.ts';

const END = endOf('request');

const REQUEST_ID = fieldOf('request_id');
const TRACE_ID = fieldOf('trace_id');
const SPAN_ID = fieldOf('span_id');
const SOCKET = fieldOf('socket');
const PATH = fieldOf('path');
const STATUS = fieldOf('status');
const DURATION = fieldOf('duration_ms');
const BYTES = fieldOf('bytes');
const CLIENT_ID = fieldOf('client_id');
const GRANT_TYPE = fieldOf('grant_type');
const USER = fieldOf('user');
const CERTIFICATE_REASON = fieldOf('certificate_reason');
const CERTIFICATE_HEADER = fieldOf('certificate_header');
const REASON = fieldOf('reason');
const OUTCOME = fieldOf('outcome');
const DETAIL = fieldOf('detail');

export function requestLevel({
  certificateHeader,
  decision,
  delivery,
}: Pick<RequestRecord, 'certificateHeader' | 'decision' | 'delivery'>): LogLevel {
  // Somebody who is not the balancer writes its header: a forger, or a balancer nobody listed.
  const isForged = certificateHeader !== undefined && certificateHeader !== 'believed';
  return isForged || decision === 'failed' || delivery === 'broken' ? 'warn' : 'info';
}

/** A function that returns the line of a request that begins with this head. */
export function createRequestLine(): (record: RequestRecord, head: string) => string {
  const listener = new RecurringField('listener');
  const peer = new RecurringField('peer');
  const protocol = new RecurringField('protocol');
  const method = new RecurringField('method');
  const route = new RecurringField('route');
  const thumbprint = new RecurringField('thumbprint');
  const certificate = new RecurringField('certificate');
  const decision = new RecurringField('decision');
  const delivery = new RecurringField('delivery');
  return (record, head) => {
    const line = new LogLine(head, END);
    const presented = record.certificate;
    line.text(REQUEST_ID, record.requestId);
    line.text(TRACE_ID, record.traceId);
    line.text(SPAN_ID, record.spanId);
    line.made(listener.of(record.listener));
    line.made(peer.of(record.peerAddress));
    line.text(SOCKET, socketOf(record));
    line.made(protocol.of(record.protocol));
    line.made(method.of(record.method));
    line.text(PATH, record.path);
    line.made(route.of(record.route));
    line.number(STATUS, record.status);
    line.plain(DURATION, millisecondsText(record.durationSeconds));
    line.number(BYTES, record.bytes);
    line.text(CLIENT_ID, record.clientId);
    line.text(GRANT_TYPE, record.grantType);
    line.text(USER, record.user);
    if (presented.thumbprint !== undefined) line.made(thumbprint.of(presented.thumbprint));
    line.made(certificate.of(presented.outcome));
    line.text(CERTIFICATE_REASON, presented.reason);
    line.text(CERTIFICATE_HEADER, record.certificateHeader);
    line.made(decision.of(record.decision));
    line.text(REASON, record.reason);
    line.text(OUTCOME, record.outcome);
    line.made(delivery.of(record.delivery));
    line.text(DETAIL, record.detail);
    return line.end();
  };
}
