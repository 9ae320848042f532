/** The key store and the trust store of WSO2, and which passwords stand in the file. */

import type { DeploymentFile } from './deployment-file.ts';
import { quote } from './note.ts';
import type { Found, Notes } from './note.ts';

export interface Stores {
  /** File name without its folder. */
  readonly trustStore: Found<string> | undefined;
  readonly keyStore: Found<string> | undefined;
  readonly keyAlias: Found<string> | undefined;
}

/** What WSO2 ships. */
export const DEFAULT_TRUST_STORE = 'client-truststore.jks';
export const DEFAULT_KEY_STORE = 'wso2carbon.jks';
export const DEFAULT_KEY_ALIAS = 'wso2carbon';

/** The folder that the printed configuration has its files in. */
export const FILES_FOLDER = 'wso2';
export const TRUST_STORE_PASSPHRASE_FILE = `${FILES_FOLDER}/truststore-passphrase`;

/** Types that a trust store here may have; others have to be converted. */
const READABLE_TYPES = ['JKS', 'PKCS12', 'PEM'];

/** What stands in a command of a shell and means nothing there. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function readStores(deployment: DeploymentFile, notes: Notes): Stores {
  const type = deployment.text(['truststore', 'type']);
  if (type !== undefined && !READABLE_TYPES.includes(type.value.toUpperCase())) {
    notes.add(
      'trust_store_type',
      type.place,
      `${quote(type.value)} can not be read here: convert it with keytool -importkeystore -deststoretype pkcs12`,
    );
  }
  const trustPassword = deployment.text(['truststore', 'password']);
  if (trustPassword !== undefined) {
    notes.add(
      'secret_left_out',
      trustPassword.place,
      `the password of the trust store is not printed: write it into ${TRUST_STORE_PASSPHRASE_FILE}, readable for the gateway alone`,
    );
  }
  const keySections = [
    ['keystore', 'tls'],
    ['keystore', 'primary'],
  ];
  // Keytool tells the types apart by itself.
  deployment.text(...keySections.map((section) => [...section, 'type']));
  for (const key of ['password', 'key_password']) {
    const password = deployment.text(...keySections.map((section) => [...section, key]));
    if (password === undefined) continue;
    notes.add(
      'secret_left_out',
      password.place,
      'a password of the key store is not printed and not needed here: keytool asks for it when the key is exported',
    );
  }
  return {
    trustStore: fileName(deployment, [['truststore']], notes),
    keyStore: fileName(deployment, keySections, notes),
    keyAlias: readAlias(deployment, keySections, notes),
  };
}

function readAlias(
  deployment: DeploymentFile,
  sections: readonly (readonly string[])[],
  notes: Notes,
): Found<string> | undefined {
  const found = deployment.text(...sections.map((section) => [...section, 'alias']));
  if (found === undefined || PLAIN_NAME.test(found.value)) return found;
  notes.add(
    'value_unresolved',
    found.place,
    `${quote(found.value)} is no plain alias: put it into the keytool command yourself`,
  );
  return undefined;
}

/** Only the name: where the files of WSO2 are is not where those of the gateway will be. */
function fileName(
  deployment: DeploymentFile,
  sections: readonly (readonly string[])[],
  notes: Notes,
): Found<string> | undefined {
  const found = deployment.text(
    ...sections.flatMap((section) => [
      [...section, 'file_name'],
      [...section, 'name'],
      [...section, 'location'],
    ]),
  );
  if (found === undefined) return undefined;
  const name = found.value.split(/[/\\]/).at(-1) ?? '';
  if (PLAIN_NAME.test(name)) return { value: name, place: found.place };
  notes.add(
    'value_unresolved',
    found.place,
    `${quote(found.value)} is no plain file name; the one that WSO2 ships stands for it`,
  );
  return undefined;
}
