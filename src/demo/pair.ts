/** One certificate of the demo PKI with its key: how it stands on disk, how it is made and renewed. */

import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import { parseDistinguishedName } from '../certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../certificate/name/distinguished-name.ts';
import { parseCertificate } from '../certificate/parse.ts';
import { readCertificates, writePem } from '../certificate/pem.ts';
import { CertificateError, StartError } from '../errors.ts';
import { readIfPresent, replaceFile, writeNew } from './files.ts';
import { extensionsOf } from './recipes.ts';
import type { Recipe } from './recipes.ts';

export interface Pair {
  readonly recipe: Recipe;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Undefined where the file is missing. */
  readonly certificate: ClientCertificate | undefined;
  readonly keyPem: string | undefined;
}

/** What signs the certificates of others. */
export interface Authority {
  readonly subject: DistinguishedName;
  readonly privateKey: KeyObject;
  /** Milliseconds since the epoch; nothing that it issues lives longer. */
  readonly notAfter: number;
}

/** The longest that Apple's TLS takes from a server certificate. */
const lifetimeMs = 825 * 86_400_000;

const certificateMode = 0o644;
const keyMode = 0o600;

/** @throws StartError naming a file that is there but can't be read as what it should be. */
export async function readPair(folder: string, recipe: Recipe): Promise<Pair> {
  const certificatePath = join(folder, recipe.certificateFile);
  const keyPath = join(folder, recipe.keyFile);
  const pem = await readIfPresent(certificatePath);
  const keyPem = await readIfPresent(keyPath);
  const certificate = pem === undefined ? undefined : readCertificate(certificatePath, pem);
  return { recipe, certificatePath, keyPath, certificate, keyPem };
}

function readCertificate(path: string, pem: string): ClientCertificate {
  try {
    // Whoever put a chain into the file has its leaf first.
    const [der = new Uint8Array()] = readCertificates(pem);
    return parseCertificate(der);
  } catch (error) {
    const seen = error instanceof CertificateError ? error.message : String(error);
    const remedy = 'put it back, or remove it and its key to have both made anew';
    throw new StartError(`${path} is damaged (${seen}): ${remedy}`, error);
  }
}

/**
 * Makes key and certificate of a pair of which nothing is there yet.
 *
 * @param authority needed where the recipe has the CA issue the certificate.
 * @throws StartError when a file can't be written or has come up meanwhile.
 */
export async function createPair(
  pair: Pair,
  now: number,
  authority?: Authority,
): Promise<Authority> {
  const { generateKeys } = await loadMint();
  const { privateKey } = await generateKeys(pair.recipe.keyType);
  const made = await certify(pair.recipe, privateKey, now, authority);
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeNew(pair.keyPath, keyPem, keyMode);
  await writeNew(pair.certificatePath, made.pem, certificateMode);
  return { subject: made.subject, privateKey, notAfter: made.notAfter };
}

/**
 * Puts a new certificate for the same key in the place of the old one: one file changes, so that at
 * no moment certificate and key disagree.
 */
export async function renewPair(
  pair: Pair,
  now: number,
  authority?: Authority,
): Promise<Authority> {
  const privateKey = privateKeyOf(pair);
  const made = await certify(pair.recipe, privateKey, now, authority);
  await replaceFile(pair.certificatePath, made.pem, certificateMode);
  return { subject: made.subject, privateKey, notAfter: made.notAfter };
}

/** The CA of a pair that is whole. @throws StartError when it is not, or as `privateKeyOf`. */
export function authorityOf(pair: Pair): Authority {
  const privateKey = privateKeyOf(pair);
  const { certificate, certificatePath } = pair;
  if (certificate === undefined) throw new StartError(`${certificatePath} is missing`);
  return { subject: certificate.subject, privateKey, notAfter: certificate.notAfter };
}

/** @throws StartError when the key is missing, damaged, or not the one of its certificate. */
export function privateKeyOf({ certificate, certificatePath, keyPath, keyPem }: Pair): KeyObject {
  const remedy = `put it back, or remove ${certificatePath} and ${keyPath} to have both made anew`;
  if (keyPem === undefined) throw new StartError(`${keyPath} is missing: ${remedy}`);
  let key: KeyObject;
  try {
    key = createPrivateKey(keyPem);
  } catch (error) {
    throw new StartError(`${keyPath} is damaged: ${remedy}`, error);
  }
  if (certificate === undefined || new X509Certificate(certificate.der).checkPrivateKey(key)) {
    return key;
  }
  throw new StartError(`${keyPath} is not the key of ${certificatePath}: ${remedy}`);
}

async function certify(
  recipe: Recipe,
  privateKey: KeyObject,
  now: number,
  authority: Authority | undefined,
): Promise<{
  readonly pem: string;
  readonly subject: DistinguishedName;
  readonly notAfter: number;
}> {
  const { mintCertificate } = await loadMint();
  const subject = parseDistinguishedName(recipe.subject);
  const publicKey = createPublicKey(privateKey);
  const itself = { subject, privateKey, notAfter: Infinity };
  const signer = recipe.issuedBy === 'ca' ? authority : itself;
  if (signer === undefined) throw new StartError(`no CA to issue ${recipe.certificateFile}`);
  const notAfter = Math.min(now + lifetimeMs, signer.notAfter);
  const der = await mintCertificate({
    subject,
    issuer: signer.subject,
    publicKey,
    signingKey: signer.privateKey,
    notBefore: now,
    notAfter,
    extensions: extensionsOf(recipe, publicKey, createPublicKey(signer.privateKey)),
  });
  return { pem: writePem(der), subject, notAfter };
}

/** Loaded where something is to be made, which is on first start: it takes longer than all else. */
const loadMint = () => import('../certificate/mint/mint.ts');
