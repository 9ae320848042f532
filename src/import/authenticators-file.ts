/** authenticators.xml of WSO2 Identity Server. */

import { ConfigError } from '../errors.ts';
import { readXml } from './xml-elements.ts';
import type { XmlElement } from './xml-elements.ts';

/** Throws ConfigError for what is not XML, or another file of WSO2. */
export function readAuthenticatorsFile({
  name,
  text,
}: {
  readonly name: string;
  readonly text: string;
}): XmlElement {
  const root = readXml(text, name);
  if (root.name === 'Authenticators' || root.name === 'Authenticator') return root;
  const found = `<${root.name.slice(0, 64)}>`;
  const place = `${name}:${root.line}:1`;
  throw new ConfigError([{ place, key: '', text: `expected <Authenticators>, found ${found}` }]);
}
