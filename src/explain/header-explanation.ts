/** What a certificate header says: its format, each certificate in it, or what is wrong with it. */

import { codecFor } from '../certificate/header/codecs.ts';
import { detectFormat } from '../certificate/header/detect.ts';
import type { Fields, HeaderFormat, HeaderNames } from '../certificate/header/header-codec.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { CertificateError } from '../errors.ts';
import type { Reason } from '../errors.ts';
import { factsOf } from './certificate-facts.ts';
import type { CertificateFacts } from './certificate-facts.ts';

export interface HeaderQuestion {
  /** The fields of one request; all of them, where one certificate travels in several. */
  readonly fields: Fields;
  /** How to read them; what they look like where undefined. */
  readonly format: HeaderFormat | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Printed as JSON, hence its names. */
export interface HeaderExplanation {
  readonly format: HeaderFormat;
  /** Leaf first; empty where the header says that there is no certificate. */
  readonly certificates: readonly CarriedFacts[];
  /** Fields that this format does not read. */
  readonly ignored: readonly string[];
}

export interface CarriedFacts extends CertificateFacts {
  readonly role: 'leaf' | 'chain';
}

export interface HeaderProblem {
  readonly format: HeaderFormat;
  readonly code: Reason;
  readonly message: string;
}

/** Nothing is judged: whoever can write a header can write any certificate into it. */
export function explainHeader(question: HeaderQuestion): HeaderExplanation | HeaderProblem {
  const { fields, at } = question;
  const leafField = fields.find(([name]) => !isBeside(name));
  const [name, value] = leafField ?? fields[0] ?? ['', ''];
  const beside = fields.map(([field]) => field).filter(isBeside);
  const format = question.format ?? detectFormat(name, value, beside);
  const codec = codecFor(format);
  const names = namesOf(fields, leafField?.[0], codec.names);
  try {
    const found = codec.read(fields, names);
    const known = new Set(codec.fieldNames(names));
    return {
      format,
      certificates: (found === undefined ? [] : [found.leaf, ...found.chain]).map((der, index) => ({
        role: index === 0 ? 'leaf' : 'chain',
        ...factsOf(parseCertificate(der), at),
      })),
      ignored: fields.map(([field]) => field).filter((field) => !known.has(field.toLowerCase())),
    };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { format, code: error.reason, message: error.message };
  }
}

const CHAIN_NAME = /^(.*chain)(?:_\d+)?$/i;

/** Whether a field of this name goes along with that of the leaf. */
function isBeside(name: string): boolean {
  return CHAIN_NAME.test(name) || /-present$/i.test(name);
}

/** The names that were given, in the places of those that are usual. */
function namesOf(fields: Fields, leaf: string | undefined, usual: HeaderNames): HeaderNames {
  const chains = fields.flatMap(([name]) => CHAIN_NAME.exec(name)?.[1] ?? []);
  const chain = usual.chain === undefined ? undefined : (chains[0] ?? usual.chain).toLowerCase();
  return {
    leaf: leaf?.toLowerCase() ?? usual.leaf,
    ...(chain !== undefined && { chain }),
  };
}
