/**
 * How a client that registered itself authenticates (RFC 7591 section 2, RFC 8705 sections 2.1.2,
 * 2.2.2 and 3.4): its metadata, read as strictly as the clients of the configuration are.
 */

import { readJwks } from '../certificate/key-set/jwks.ts';
import type { Jwks } from '../certificate/key-set/jwks.ts';
import {
  readRegisteredSubject,
  SUBJECT_PARAMETERS,
} from '../certificate/name/registered-subject.ts';
import type { SubjectMetadata } from '../certificate/name/registered-subject.ts';
import { KeySetError } from '../errors.ts';
import type { BindingPolicy } from './client.ts';

/** Members by their wire names. */
export type Metadata = Readonly<Record<string, unknown>>;

export type RegisteredMethod =
  | 'self_signed_tls_client_auth'
  | 'tls_client_auth'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'none';

/** What the gateway compares; nobody behind it needs to know more than its decision. */
export interface RegisteredFacts {
  readonly method: RegisteredMethod;
  readonly subject: SubjectMetadata;
  readonly jwks: Jwks | undefined;
  readonly jwksUri: string | undefined;
  readonly binding: BindingPolicy;
}

export interface MetadataProblem {
  readonly member: string;
  /** What is wrong, to be read behind the name of the member. */
  readonly text: string;
}

export type MetadataOutcome =
  | { readonly facts: RegisteredFacts }
  | { readonly problem: MetadataProblem };

export interface MetadataRules {
  /** Whether tokens are bound whatever the client says. */
  readonly requiresBinding?: boolean;
}

/** The members that are read here. */
export const AUTHENTICATION_MEMBERS: readonly string[] = [
  'token_endpoint_auth_method',
  'jwks',
  'jwks_uri',
  ...SUBJECT_PARAMETERS,
  'tls_client_certificate_bound_access_tokens',
];

const METHODS: readonly RegisteredMethod[] = [
  'self_signed_tls_client_auth',
  'tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
  'none',
];

/** Longer than any address in use. */
const MAX_URI_LENGTH = 2_048;

/** Returns the facts, or the first problem. A member that is not there has the default of its RFC. */
export async function readRegisteredMetadata(
  metadata: Metadata,
  { requiresBinding = false }: MetadataRules = {},
): Promise<MetadataOutcome> {
  const method = readMethod(metadata);
  if (method === undefined) {
    return problem('token_endpoint_auth_method', `must be one of ${METHODS.join(', ')}`);
  }
  const subject = readSubject(metadata, method);
  if ('problem' in subject) return subject;
  const keys = await readKeys(metadata, method);
  if ('problem' in keys) return keys;
  const bound = metadata['tls_client_certificate_bound_access_tokens'];
  if (bound !== undefined && typeof bound !== 'boolean') {
    return problem('tls_client_certificate_bound_access_tokens', 'must be true or false');
  }
  const binding = requiresBinding ? 'required' : bindingOf(bound, method);
  return { facts: { method, ...subject, ...keys, binding } };
}

/** Whether a certificate authenticates a client of the method. */
function isKnownByCertificate(method: RegisteredMethod): boolean {
  return method === 'self_signed_tls_client_auth' || method === 'tls_client_auth';
}

/** RFC 7591 section 2: a client that names no method has a secret and sends it by Basic. */
function readMethod(metadata: Metadata): RegisteredMethod | undefined {
  const { token_endpoint_auth_method: stated = 'client_secret_basic' } = metadata;
  return METHODS.find((method) => method === stated);
}

/** As for clients of the configuration: stated, or by the method. */
function bindingOf(bound: boolean | undefined, method: RegisteredMethod): BindingPolicy {
  if (bound !== undefined) return bound ? 'required' : 'off';
  return isKnownByCertificate(method) ? 'required' : 'if_present';
}

function readSubject(
  metadata: Metadata,
  method: RegisteredMethod,
): { readonly subject: SubjectMetadata } | { readonly problem: MetadataProblem } {
  const given = SUBJECT_PARAMETERS.filter((member) => metadata[member] !== undefined);
  const [first] = given;
  if (method !== 'tls_client_auth') {
    return first === undefined
      ? { subject: {} }
      : problem(first, `belongs to another method than ${method}`);
  }
  const odd = given.find((member) => typeof metadata[member] !== 'string');
  if (odd !== undefined) return problem(odd, 'must be text');
  const subject: SubjectMetadata = Object.fromEntries(
    given.map((member) => [member, String(metadata[member])]),
  );
  const outcome = readRegisteredSubject(subject);
  if ('subject' in outcome) return { subject };
  const [found] = outcome.problems;
  return problem(found?.key ?? first ?? 'tls_client_auth_subject_dn', found?.text ?? 'is refused');
}

/** Keys of a client of another method are for other uses than this; a bad set is bad for any. */
async function readKeys(
  { jwks, jwks_uri: uri }: Metadata,
  method: RegisteredMethod,
): Promise<Pick<RegisteredFacts, 'jwks' | 'jwksUri'> | { readonly problem: MetadataProblem }> {
  const isNeeded = method === 'self_signed_tls_client_auth';
  if (jwks === undefined && uri === undefined) {
    if (isNeeded) return problem('jwks', `or jwks_uri is required for ${method}`);
    return { jwks: undefined, jwksUri: undefined };
  }
  // RFC 7591 section 2
  if (jwks !== undefined && uri !== undefined) {
    return problem('jwks_uri', 'stands beside jwks, expected one of them');
  }
  if (uri !== undefined) {
    const url = httpsUrl(uri);
    if (typeof url === 'string') return { jwks: undefined, jwksUri: url };
    return problem('jwks_uri', url.problem);
  }
  try {
    const read = await readJwks(jwks);
    if (read.keys.length > 0 || !isNeeded) return { jwks: read, jwksUri: undefined };
    return problem('jwks', 'has no key that a client certificate can have');
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    return problem('jwks', `is refused: ${error.message}`);
  }
}

/** The text as it came, if it is an address that keys may be fetched from. */
function httpsUrl(uri: unknown): string | { readonly problem: string } {
  const url = typeof uri === 'string' && uri.length <= MAX_URI_LENGTH ? URL.parse(uri) : null;
  if (typeof uri !== 'string' || url?.protocol !== 'https:') {
    return { problem: 'must be an https URL' };
  }
  const hasCredentials = url.username !== '' || url.password !== '';
  return hasCredentials ? { problem: 'must not have credentials' } : uri;
}

function problem(member: string, text: string): { readonly problem: MetadataProblem } {
  return { problem: { member, text } };
}
