/**
 * Keeps secrets out of the log, should one be part of a text that a room hands in: nothing secret
 * is meant to get here, so this is a net, not a licence.
 */

export const REDACTED = '[redacted]';

/** Names of fields whose value is never written. */
const SECRET_NAME =
  /authorization|cookie|secret|passw|private_key|assertion|credential|(^|_)token$|(authorization|device|user)_code$/i;

/** Cheap test by which nearly every text passes: none of the patterns below can match without. */
const SUSPICIOUS =
  /-----|eyJ|\bMI\w|basic|bearer|dpop|(?:secret|token|passw(?:or)?d|assertion|code)[="]/i;

/**
 * PEM in any wrapping (lines, one line, percent encoded), cut off or not; JWTs; Base64 DER as
 * certificate headers carry it; the credentials of an Authorization field, which are told from a
 * word by having more than lower-case letters; form parameters and JSON members.
 */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN[^]*?(-----END[^-]{0,64}-----|$)/g, '[pem]'],
  [/\beyJ[\w.-]{12,}/g, '[jwt]'],
  [/\bMI[\w+/%=\r\n-]{48,}/g, '[der]'],
  [
    /\b(basic|bearer|dpop|Basic|Bearer|DPoP|BASIC|BEARER)[ +]+(?=[a-z]*[^a-z\s])[^\s,;"']+/g,
    `$1 ${REDACTED}`,
  ],
  [
    /\b(client_secret|client_assertion|assertion|passw(?:or)?d|code|(?:[a-z]{1,16}_)?token)=[^&\s"']+/gi,
    `$1=${REDACTED}`,
  ],
  [
    /"(client_secret|client_assertion|assertion|password|code|(?:[a-z]{1,16}_)?token)"\s{0,8}:\s{0,8}"[^"]*/gi,
    `"$1":"${REDACTED}`,
  ],
];

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Returns the text without what looks like key material, a token or a credential. */
export function redact(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return PATTERNS.reduce(
    (rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement),
    text,
  );
}
