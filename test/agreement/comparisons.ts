/** Our readers of HTTP/1.1 beside Node's own, on the same octets. */

import { answerStream } from './answer-streams.ts';
import { createEngineReader } from './engine-requests.ts';
import { disagreement } from './message.ts';
import type { SeenMessage } from './message.ts';
import { createNodeParser } from './node-parser.ts';
import { oneOf, randomCuts } from './octets.ts';
import type { Random } from './octets.ts';
import { readAnswers } from './reader-answers.ts';
import { readRequests } from './reader-requests.ts';
import { requestStream } from './request-streams.ts';
import { piecesOf } from './shrink.ts';
import type { Case } from './shrink.ts';

export interface Comparison {
  generate(random: Random): Case;
  compare(each: Case): Promise<Compared>;
  close(): void;
}

export interface Compared {
  /** What our reader took that it should not have taken. */
  readonly problem: string | undefined;
  /** Messages that ours took, and the reference. */
  readonly ours: number;
  readonly reference: number;
}

/** Requests are those of clients, as the whole engine or its reader alone takes them; answers those of upstreams. */
export const COMPARISONS = {
  requests: compareRequests,
  'requests to the reader': compareReader,
  answers: compareAnswers,
} as const satisfies Record<string, () => Comparison>;

export type ComparisonName = keyof typeof COMPARISONS;

/** Each runs for itself up to its waits; so many share the turns of the event loop. */
export const AT_ONCE = 128;

function compareRequests(): Comparison {
  const parser = createNodeParser('REQUEST');
  const engine = createEngineReader();
  return {
    generate: generateRequests,
    compare: async (each) => {
      const pieces = piecesOf(each);
      const seen = await engine.read(pieces);
      const compared = result(seen, parser.read(pieces).map(inOriginForm));
      const [misuse] = engine.misuses;
      return misuse === undefined ? compared : { ...compared, problem: misuse };
    },
    close: engine.close,
  };
}

function compareReader(): Comparison {
  const parser = createNodeParser('REQUEST');
  return {
    generate: generateRequests,
    compare: async (each) => {
      const pieces = piecesOf(each);
      return result(readRequests(pieces), parser.read(pieces).map(inOriginForm));
    },
    close: () => {},
  };
}

function generateRequests(random: Random): Case {
  const stream = requestStream(random);
  return { stream, cuts: randomCuts(stream.length, random) };
}

/** As an exchange tells the target: the authority is the host's there. */
function inOriginForm(message: SeenMessage): SeenMessage {
  const start = message.start.replace(/^(\S+) https:\/\/[^/?#]*\/?/i, '$1 /');
  return start === message.start ? message : { ...message, start };
}

function compareAnswers(): Comparison {
  const parser = createNodeParser('RESPONSE');
  const methods = ['GET', 'GET', 'GET', 'HEAD'] as const;
  return {
    generate: (random) => {
      const stream = answerStream(random);
      return {
        stream,
        cuts: randomCuts(stream.length, random),
        ends: random(2) === 0,
        methods: [oneOf(random, methods), oneOf(random, methods)],
      };
    },
    compare: async (each) => {
      const pieces = piecesOf(each);
      return result(readAnswers(pieces, each), parser.read(pieces, each));
    },
    close: () => {},
  };
}

function result(ours: readonly SeenMessage[], reference: readonly SeenMessage[]): Compared {
  const problem = disagreement(ours, reference);
  return { problem, ours: ours.length, reference: reference.length };
}
