/** The demo PKI: made on first start, never overwritten, renewed on request. */

import { validityProblem } from '../certificate/validity.ts';
import { StartError } from '../errors.ts';
import { makeFolder } from './files.ts';
import { authorityOf, createPair, privateKeyOf, readPair, renewPair } from './pair.ts';
import type { Authority, Pair } from './pair.ts';
import { CA, LEAVES } from './recipes.ts';

/** A certificate past its end. */
export interface ExpiredFile {
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

export interface DemoPki {
  /** Files made just now. */
  readonly created: readonly string[];
  /** Left as they are: `renewDemoPki` replaces them. */
  readonly expired: readonly ExpiredFile[];
}

/**
 * Makes what is missing in the folder and leaves what is there. File names in the result and in
 * errors start with `folder` as given.
 *
 * @param now milliseconds since the epoch.
 * @throws StartError naming the file and the remedy: half of a pair is missing, a file can't be read
 *   or written, or the CA can't issue what is missing.
 */
export async function ensureDemoPki(folder: string, now = Date.now()): Promise<DemoPki> {
  await makeFolder(folder);
  const { ca, leaves } = await readPairs(folder);
  for (const leaf of leaves) expectBothOrNeither(leaf);
  expectUsableCa(ca, leaves, now);

  const missing = leaves.filter(isMissing);
  const created = isMissing(ca) ? [ca, ...missing] : missing;
  let authority: Authority | undefined;
  if (isMissing(ca)) authority = await createPair(ca, now);
  else if (missing.some(isIssuedByCa)) authority = authorityOf(ca);
  for (const leaf of missing) await createPair(leaf, now, authority);
  return {
    created: created.flatMap(({ certificatePath, keyPath }) => [certificatePath, keyPath]),
    expired: [ca, ...leaves].flatMap((pair) => expiredFile(pair, now) ?? []),
  };
}

/**
 * Replaces the expired certificates of the folder, and with an expired CA all that it issued. Keys
 * stay. Returns the names of the files replaced.
 *
 * @throws StartError naming the file and the remedy; nothing is replaced when a key is missing.
 */
export async function renewDemoPki(folder: string, now = Date.now()): Promise<readonly string[]> {
  const { ca, leaves } = await readPairs(folder);
  const renewsCa = expiredFile(ca, now) !== undefined;
  const stale = leaves.filter(
    (leaf) =>
      expiredFile(leaf, now) !== undefined ||
      (renewsCa && isIssuedByCa(leaf) && leaf.certificate !== undefined),
  );
  const renewed = renewsCa ? [ca, ...stale] : stale;
  for (const pair of renewed) privateKeyOf(pair);

  let authority: Authority | undefined;
  if (stale.some(isIssuedByCa)) authority = authorityOf(ca);
  if (renewsCa) authority = await renewPair(ca, now);
  for (const leaf of stale) await renewPair(leaf, now, authority);
  return renewed.map(({ certificatePath }) => certificatePath);
}

async function readPairs(folder: string): Promise<{ ca: Pair; leaves: readonly Pair[] }> {
  const ca = await readPair(folder, CA);
  return { ca, leaves: await Promise.all(LEAVES.map((recipe) => readPair(folder, recipe))) };
}

function isMissing({ certificate, keyPem }: Pair): boolean {
  return certificate === undefined && keyPem === undefined;
}

function isIssuedByCa({ recipe }: Pair): boolean {
  return recipe.issuedBy === 'ca';
}

function expiredFile({ certificate, certificatePath }: Pair, now: number): ExpiredFile | undefined {
  if (certificate === undefined) return undefined;
  if (validityProblem(certificate, now) !== 'certificate_expired') return undefined;
  return { file: certificatePath, notAfter: certificate.notAfter };
}

function expectBothOrNeither({ certificate, certificatePath, keyPath, keyPem }: Pair): void {
  if ((certificate === undefined) === (keyPem === undefined)) return;
  const [lost, left] = certificate ? [keyPath, certificatePath] : [certificatePath, keyPath];
  throw new StartError(
    `${lost} is missing beside ${left}: put it back, or remove ${left} to have both made anew`,
  );
}

/** Refuses a CA that is not what its leaves need, before anything is written. */
function expectUsableCa(ca: Pair, leaves: readonly Pair[], now: number): void {
  const ofCa = leaves.filter(isIssuedByCa);
  const present = ofCa.filter((leaf) => !isMissing(leaf));
  const remedy = `put it back, or remove ${namesOf([ca, ...present])} to have all made anew`;
  if (ca.certificate === undefined) {
    // A new CA would not have issued the leaves that are there.
    if (ca.keyPem === undefined && present.length === 0) return;
    throw new StartError(`${ca.certificatePath} is missing: ${remedy}`);
  }
  const missing = ofCa.filter(isMissing);
  if (missing.length === 0) return;
  const wanted = missing.map(({ certificatePath }) => certificatePath).join(' and ');
  if (ca.keyPem === undefined) {
    throw new StartError(`${ca.keyPath} is missing and has to issue ${wanted}: ${remedy}`);
  }
  if (expiredFile(ca, now) === undefined) return;
  throw new StartError(
    `${ca.certificatePath} has expired and has to issue ${wanted}: renew the demo certificates first`,
  );
}

/** The files of these pairs that are there. */
function namesOf(pairs: readonly Pair[]): string {
  return pairs
    .flatMap(({ certificate, certificatePath, keyPem, keyPath }) => [
      ...(certificate ? [certificatePath] : []),
      ...(keyPem === undefined ? [] : [keyPath]),
    ])
    .join(', ');
}
