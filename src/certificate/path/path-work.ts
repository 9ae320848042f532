/** Counts the work of one validation against its bounds. */

import { CertificateError } from '../../errors.ts';
import type { PathRules } from './path-rules.ts';

export interface PathWork {
  /** @param cost microseconds, by the table of public keys. */
  readonly spendSignatureCheck: (cost: number) => void;
  /** Octets of certificates that are taken apart. */
  readonly spendOctets: (count: number) => void;
  /** Names held against constraints, policies against policies. */
  readonly spendComparisons: (count: number) => void;
  /** One certificate looked at on one path. */
  readonly spendStep: () => void;
}

/** Microseconds. */
const octetCost = 0.05;
const comparisonCost = 0.1;
/** Microseconds to find the issuers of a certificate, or to hold it against the rules once more. */
const stepCost = 20;

/** A fresh count. Its methods throw CertificateError `certificate_work_exceeded`. */
export function createPathWork({ maxSignatureChecks, maxWork }: PathRules): PathWork {
  let signatureChecks = 0;
  let work = 0;
  const spend = (cost: number): void => {
    work += cost;
    if (work > maxWork) throw exceeded(`more than ${maxWork} units of work`);
  };
  return {
    spendSignatureCheck: (cost) => {
      signatureChecks += 1;
      if (signatureChecks > maxSignatureChecks) {
        throw exceeded(`more than ${maxSignatureChecks} signature checks`);
      }
      spend(cost);
    },
    spendOctets: (count) => spend(count * octetCost),
    spendComparisons: (count) => spend(count * comparisonCost),
    spendStep: () => spend(stepCost),
  };
}

function exceeded(detail: string): CertificateError {
  return new CertificateError('certificate_work_exceeded', detail);
}
