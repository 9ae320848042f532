/** The HTTPS connector of WSO2: whether it asks for certificates, and where it listens. */

import type { DeploymentFile } from './deployment-file.ts';
import { quote } from './note.ts';
import type { Found, Notes } from './note.ts';

export type ClientCertificateMode = 'off' | 'want' | 'require';

export interface Connector {
  /** Undefined where the file says nothing; WSO2 then asks nobody. */
  readonly mode: Found<ClientCertificateMode> | undefined;
  readonly trustManager: Found<string> | undefined;
  readonly hostname: Found<string> | undefined;
  readonly offset: Found<number> | undefined;
  /** The port that clients know: the port of the file, or 9443, and the offset. */
  readonly port: number;
}

const HTTPS = ['transport', 'https'];
/** Versions of the product read the same setting at different places. */
const SECTIONS = [
  HTTPS,
  [...HTTPS, 'properties'],
  [...HTTPS, 'sslHostConfig'],
  [...HTTPS, 'sslHostConfig', 'properties'],
  [...HTTPS, 'sslHostConfig', 'certificate', 'properties'],
];
const MODE_KEYS = [
  'clientAuth',
  'client_auth',
  'certificateVerification',
  'certificate_verification',
];
const MODE_PATHS = SECTIONS.flatMap((section) => MODE_KEYS.map((key) => [...section, key]));

/** What Tomcat takes for clientAuth, and for certificateVerification, which came after it. */
const MODES: Readonly<Record<string, ClientCertificateMode>> = {
  want: 'want',
  optional: 'want',
  optionalnoca: 'want',
  true: 'require',
  yes: 'require',
  require: 'require',
  required: 'require',
  false: 'off',
  no: 'off',
  none: 'off',
};

const DEFAULT_PORT = 9_443;
const RELOADING_TRUST_MANAGER = 'org.wso2.carbon.identity.core.util.ClientAuthX509TrustManager';

export function readConnector(deployment: DeploymentFile, notes: Notes): Connector {
  const offset = readNumber(deployment, [['server', 'offset']], notes);
  const portPaths = SECTIONS.slice(0, 2).map((section) => [...section, 'port']);
  const port = readNumber(deployment, portPaths, notes);
  const sum = (port?.value ?? DEFAULT_PORT) + (offset?.value ?? 0);
  return {
    mode: readMode(deployment, notes),
    trustManager: readTrustManager(deployment, notes),
    hostname: readHostname(deployment, notes),
    offset,
    // One more is needed for WSO2 behind the gateway.
    port: sum >= 1 && sum < 65_535 ? sum : DEFAULT_PORT,
  };
}

function readMode(
  deployment: DeploymentFile,
  notes: Notes,
): Found<ClientCertificateMode> | undefined {
  const given = MODE_PATHS.map((path) => deployment.text(path)).filter(
    (found) => found !== undefined,
  );
  const modes = given.flatMap(({ value, place }) => {
    const mode = MODES[value.trim().toLowerCase()];
    if (mode !== undefined) return [{ value: mode, place }];
    notes.add(
      'client_auth_unknown',
      place,
      `${quote(value)} is none of want, true, require, false; the listener asks (want)`,
    );
    return [];
  });
  const [first, ...others] = modes;
  const other = others.find(({ value }) => value !== first?.value);
  if (first !== undefined && other !== undefined) {
    notes.add(
      'client_auth_contradiction',
      other.place,
      `says ${other.value} where line ${first.place.line} says ${first.value}; which one WSO2 follows depends on its version. ` +
        `${first.value} is carried over: set client_certificate to what you mean`,
    );
  }
  return first;
}

function readTrustManager(deployment: DeploymentFile, notes: Notes): Found<string> | undefined {
  const found = deployment.text(
    ...SECTIONS.flatMap((section) => [
      [...section, 'trustManagerClassName'],
      [...section, 'trust_manager_class_name'],
    ]),
  );
  if (found === undefined) return undefined;
  if (found.value !== RELOADING_TRUST_MANAGER) {
    const isBlank = found.value.trim() === RELOADING_TRUST_MANAGER;
    notes.add(
      'trust_manager_name',
      found.place,
      isBlank
        ? 'the class name has white space in its quotes, as one page of WSO2 prints it: no class is called so. Nothing is needed here'
        : `${quote(found.value)} is a class of your own; what it decides is not carried over`,
    );
  }
  return found;
}

function readHostname(deployment: DeploymentFile, notes: Notes): Found<string> | undefined {
  const found = deployment.text(['server', 'hostname']);
  if (found === undefined) return undefined;
  if (/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(found.value)) return found;
  notes.add(
    'value_unresolved',
    found.place,
    `${quote(found.value)} is no plain host name; localhost stands for it in token_service.upstream.url`,
  );
  return undefined;
}

function readNumber(
  deployment: DeploymentFile,
  paths: readonly (readonly string[])[],
  notes: Notes,
): Found<number> | undefined {
  const found = deployment.text(...paths);
  if (found === undefined) return undefined;
  if (/^\d{1,5}$/.test(found.value)) return { value: Number(found.value), place: found.place };
  notes.add(
    'value_unresolved',
    found.place,
    `${quote(found.value)} is no number; the ports below are counted without it`,
  );
  return undefined;
}
