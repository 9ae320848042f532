/** `certbound client add`: one more client in the configuration file. */

import { resolve } from 'node:path';

import {
  readDistinguishedNameSpelling,
  spellDistinguishedName,
} from '../certificate/name/distinguished-name-spelling.ts';
import { addClient } from '../config/add-client.ts';
import type { NewClient } from '../config/client-text.ts';
import { readCertificateFile } from '../config/certificate-files.ts';
import { CertificateError, ConfigError, StartError, UsageError } from '../errors.ts';
import type { LoadedConfig } from '../config/load.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, Surroundings } from './command.ts';
import { CONFIG_HELP, CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { shortenPath } from './demo-guide.ts';

const OPTIONS = {
  ...CONFIG_OPTION,
  cert: { type: 'string' },
  'jwks-uri': { type: 'string' },
  'subject-dn': { type: 'string' },
} as const;

export const command: Command = {
  synopsis: 'client add ID',
  summary: 'add a client to the configuration',
  help: `  --cert FILE        known by this certificate, a PEM file (self_signed_tls_client_auth)
  --jwks-uri URL     known by the keys it publishes there (self_signed_tls_client_auth)
  --subject-dn DN    known by the subject of a certificate that a CA issued (tls_client_auth)
${CONFIG_HELP}

One of the first three. Everything else in the file stays as it is, comments included. A client that
the gateway could not start with is not added.`,
  run: async (args, around) => {
    const { values, positionals } = parseArguments(args, OPTIONS, { allowPositionals: true });
    const [verb, id, ...others] = positionals;
    if (verb !== 'add') throw new UsageError('expected client add ID');
    if (id === undefined || others.length > 0) throw new UsageError('expected one ID');
    const means = Object.keys(MEANS)
      .filter(isMeans)
      .filter((name) => values[name] !== undefined);
    const [name, ...more] = means;
    if (name === undefined || more.length > 0) {
      throw new UsageError('expected one of --cert, --jwks-uri and --subject-dn');
    }
    const loaded = await loadNamedConfig(values.config, around);
    refuseKnown(loaded, id);
    const { fields, shown } = await MEANS[name](values[name] ?? '', { loaded, around });
    await addClient(loaded, { fields: { client_id: id, ...fields } }, around.env);
    around.stdout.write(`added client "${id}" to ${loaded.file}, known by ${shown}\n`);
    return EXIT.ok;
  },
};

interface Context {
  readonly loaded: LoadedConfig;
  readonly around: Surroundings;
}

/** What a client is known by: its keys in the file, and how they are told to the operator. */
interface Known extends NewClient {
  readonly shown: string;
}

type MeansName = 'cert' | 'jwks-uri' | 'subject-dn';

const MEANS: Readonly<Record<MeansName, (value: string, context: Context) => Promise<Known>>> = {
  cert: knownByCertificate,
  'jwks-uri': async (uri) => ({
    fields: { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: uri },
    shown: `the keys at ${uri}`,
  }),
  'subject-dn': async (text) => knownBySubject(text),
};

function isMeans(name: string): name is MeansName {
  return Object.hasOwn(MEANS, name);
}

async function knownByCertificate(file: string, { loaded, around }: Context): Promise<Known> {
  const path = resolve(around.folder, file);
  const outcome = await readCertificateFile(path, file);
  if ('problem' in outcome) throw new StartError(outcome.problem);
  const [{ facts }, ...others] = outcome.certificates;
  if (others.length > 0) {
    throw new StartError(`${file} holds ${others.length + 1} certificates, expected one`);
  }
  return {
    fields: {
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      certificates: [shortenPath(path, loaded.baseDir)],
    },
    shown: `the certificate ${facts.thumbprint}`,
  };
}

function knownBySubject(text: string): Known {
  try {
    const subject = spellDistinguishedName(readDistinguishedNameSpelling(text));
    return {
      fields: {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: subject,
      },
      shown: `the subject ${subject}`,
    };
  } catch (error) {
    if (error instanceof CertificateError) throw new UsageError(`--subject-dn: ${error.message}`);
    throw error;
  }
}

function refuseKnown({ config, problemAt }: LoadedConfig, id: string): void {
  const index = config.clients.findIndex((client) => client.client_id === id);
  if (index === -1) return;
  throw new ConfigError([problemAt(['clients', index, 'client_id'], `"${id}" is there already`)]);
}
