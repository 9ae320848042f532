/** MutualSSLAuthenticator, the guard of WSO2's admin services: its settings in either file. */

import type { DeploymentFile } from './deployment-file.ts';
import type { Found, Place } from './note.ts';
import { elementsBelow } from './xml-elements.ts';
import type { XmlElement } from './xml-elements.ts';

export interface MutualSsl {
  readonly isEnabled: boolean;
  readonly place: Place;
  readonly usernameHeader: Found<string> | undefined;
  readonly allowListEnabled: Found<boolean> | undefined;
  /** Thumbprints as the file has them. */
  readonly allowList: Found<readonly string[]> | undefined;
  readonly sha256: Found<boolean> | undefined;
  readonly allowedIssuers: Found<readonly string[]> | undefined;
  /** Users by the thumbprint or the issuer that may name them; `*` is everybody. */
  readonly users: readonly Found<{
    readonly of: 'thumbprint' | 'issuer';
    readonly name: string;
    readonly users: readonly string[];
  }>[];
}

type Parameters = ReadonlyMap<string, Found<string>>;

const SECTION = ['admin_console', 'authenticator', 'mutual_ssl_authenticator'];

/** Reads `[admin_console.authenticator.mutual_ssl_authenticator]`; undefined where it is not there. */
export function mutualSslOfDeployment(deployment: DeploymentFile): MutualSsl | undefined {
  const parameters = new Map([
    ...deployment.members(SECTION),
    ...deployment.members([...SECTION, 'config']),
  ]);
  if (parameters.size === 0) return undefined;
  const enable = deployment.flag([...SECTION, 'enable']);
  return readParameters(parameters, {
    isEnabled: enable?.value ?? false,
    place: enable?.place ?? deployment.place(SECTION),
  });
}

/** Reads the Authenticator of this name in an authenticators.xml; undefined where it is not there. */
export function mutualSslOfXml(root: XmlElement, file: string): MutualSsl | undefined {
  const element = elementsBelow(root).find(
    ({ name, attributes }) =>
      name === 'Authenticator' && attributes['name'] === 'MutualSSLAuthenticator',
  );
  if (element === undefined) return undefined;
  const parameters = new Map<string, Found<string>>();
  for (const { name, attributes, text, line } of elementsBelow(element)) {
    const key = attributes['name'];
    if (name === 'Parameter' && key !== undefined)
      parameters.set(key, { value: text, place: { file, line } });
  }
  return readParameters(parameters, {
    isEnabled: attributeOf(element, 'disabled')?.toLowerCase() !== 'true',
    place: { file, line: element.line },
  });
}

function readParameters(
  parameters: Parameters,
  at: Pick<MutualSsl, 'isEnabled' | 'place'>,
): MutualSsl {
  const named = new Map([...parameters].map(([key, found]) => [plain(key), found] as const));
  const get = (...names: readonly string[]) =>
    names.map((name) => named.get(name)).find((found) => found !== undefined);
  return {
    ...at,
    usernameHeader: get('usernameheader'),
    allowListEnabled: flagOf(get('whitelistenabled', 'allowlistenabled')),
    allowList: listOf(get('whitelist', 'allowlist'), ','),
    sha256: flagOf(get('enablesha256')),
    allowedIssuers: listOf(get('allowedissuers'), '|'),
    users: [...parameters].flatMap(([key, found]) => usersOf(key, found)),
  };
}

/** `cert_thumbprint_<thumbprint>` and `issuer_<DN>`. */
function usersOf(key: string, { value, place }: Found<string>): MutualSsl['users'] {
  const [, prefix, name] = /^(cert_thumbprint|issuer)_(.+)$/is.exec(key) ?? [];
  if (prefix === undefined || name === undefined) return [];
  const of = prefix.toLowerCase() === 'issuer' ? 'issuer' : 'thumbprint';
  return [{ value: { of, name, users: split(value, ',') }, place }];
}

/** `UsernameHeader`, `username_header` and `usernameHeader` are one key. */
function plain(key: string): string {
  return key.replaceAll(/[_-]/g, '').toLowerCase();
}

function flagOf(found: Found<string> | undefined): Found<boolean> | undefined {
  return found && { value: found.value.trim().toLowerCase() === 'true', place: found.place };
}

function listOf(
  found: Found<string> | undefined,
  separator: string,
): Found<readonly string[]> | undefined {
  return found && { value: split(found.value, separator), place: found.place };
}

function split(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function attributeOf({ attributes }: XmlElement, name: string): string | undefined {
  return attributes[name]?.trim();
}
