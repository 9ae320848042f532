/**
 * What OCSP responders have said: asked when it is needed, kept for as long as it counts, never asked
 * twice at once.
 */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { readOcspUrls } from '../certificate/revocation/authority-information.ts';
import type { CrlSet } from '../certificate/revocation/crl-set.ts';
import { keyIdOf } from '../certificate/revocation/crl-signatures.ts';
import type {
  RevocationOutcome,
  RevocationQuestion,
} from '../certificate/revocation/revocation.ts';
import { CertificateError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import type { RevocationSource } from './revocation-source.ts';

export interface OcspAnswersOptions {
  /** An answer is asked for anew after so long, and when its own time has passed. */
  readonly refreshMs: number;
  /** From an answer of no use to the next question about the same certificate. */
  readonly retryMs: number;
  readonly maxAnswers?: number;
  /** Questions under way in all, and to one responder. One more remains unanswered for a second. */
  readonly maxUnderWay?: number;
  readonly maxUnderWayOfOne?: number;
}

export interface OcspAnswersDeps {
  /** Never rejects, and takes a bounded time. */
  readonly ask: (
    question: RevocationQuestion,
    url: string,
    crls: () => CrlSet,
  ) => Promise<RevocationOutcome>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Answer {
  readonly outcome: RevocationOutcome;
  readonly askAgainAt: number;
}

interface Flight {
  readonly host: string;
  readonly done: Promise<void>;
}

const OVERLOAD_PAUSE_MS = 1_000;

export function createOcspAnswers(
  options: OcspAnswersOptions,
  { ask, now }: OcspAnswersDeps,
): RevocationSource {
  const { refreshMs, retryMs, maxAnswers = 20_000 } = options;
  const { maxUnderWay = 64, maxUnderWayOfOne = 32 } = options;
  const answers = new Map<string, Answer>();
  const flights = new Map<string, Flight>();

  const put = (key: string, answer: Answer): void => {
    answers.delete(key);
    answers.set(key, answer);
    if (answers.size <= maxAnswers) return;
    const [oldest] = answers.keys();
    if (oldest !== undefined) answers.delete(oldest);
  };

  /** An answer of no use leaves one that still counts in force: a silent responder undoes nothing. */
  const keep = (key: string, outcome: RevocationOutcome, pauseMs: number): void => {
    const moment = now();
    const isAnswer = outcome.status !== 'unknown';
    const standing = answers.get(key)?.outcome;
    const stands = !isAnswer && standing !== undefined && counts(standing, moment);
    const askAgainAt = isAnswer ? Math.min(outcome.validUntil, moment + pauseMs) : moment + pauseMs;
    put(key, { outcome: stands ? standing : outcome, askAgainAt });
  };

  const fly = async (key: string, asking: Promise<RevocationOutcome>): Promise<void> => {
    const outcome = await asking;
    keep(key, outcome, outcome.status === 'unknown' ? retryMs : refreshMs);
    flights.delete(key);
  };

  const hasRoomFor = (host: string): boolean => {
    const ofOne = [...flights.values()].filter((flight) => flight.host === host).length;
    return flights.size < maxUnderWay && ofOne < maxUnderWayOfOne;
  };

  return {
    told: (question, at) => {
      const place = placeOf(question.certificate);
      if (place === undefined) return undefined;
      if ('problem' in place) return { outcome: place.problem, askAgainAt: Infinity };
      const answer = answers.get(keyOf(question));
      if (answer === undefined) {
        return { outcome: unavailable('the responder has not been asked'), askAgainAt: -Infinity };
      }
      const { outcome, askAgainAt } = answer;
      if (outcome.status === 'unknown' || counts(outcome, at)) return answer;
      return { outcome: unknown('ocsp_stale', 'the last answer counts no longer'), askAgainAt };
    },
    ask: (question, crls) => {
      const place = placeOf(question.certificate);
      if (place === undefined || 'problem' in place) return undefined;
      const key = keyOf(question);
      const answer = answers.get(key);
      if (answer !== undefined && now() < answer.askAgainAt) return undefined;
      const known = flights.get(key);
      if (known !== undefined) return known.done;
      const { host } = new URL(place.url);
      if (!hasRoomFor(host)) {
        keep(key, unavailable('too many questions are under way'), OVERLOAD_PAUSE_MS);
        return undefined;
      }
      const done = fly(key, ask(question, place.url, crls));
      flights.set(key, { host, done });
      return done;
    },
  };
}

/** Revoked counts until a responder takes it back; time heals no revocation. */
function counts(outcome: RevocationOutcome, at: number): boolean {
  return outcome.status === 'revoked' || (outcome.status === 'good' && at <= outcome.validUntil);
}

/** The first address that can be asked. Others are for other protocols, or for the same answer. */
function placeOf(
  certificate: ClientCertificate,
): { readonly url: string } | { readonly problem: RevocationOutcome } | undefined {
  try {
    const url = readOcspUrls(certificate).find(
      (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
    );
    return url === undefined ? undefined : { url };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { problem: unknown(error.reason, error.message) };
  }
}

/** An answer is about a certificate as this issuer's: another of the same name may have its own. */
function keyOf({ certificate, issuer }: RevocationQuestion): string {
  return `${certificate.thumbprint} ${keyIdOf(issuer.publicKey)}`;
}

function unavailable(detail: string): RevocationOutcome {
  return unknown('ocsp_unavailable', detail);
}

function unknown(reason: Reason, detail: string): RevocationOutcome {
  return { status: 'unknown', reason, detail, validUntil: Number.POSITIVE_INFINITY };
}
