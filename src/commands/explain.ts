/** `certbound explain`: what a certificate is, who vouches for it, and whose it would be. */

import { checkConfig } from '../config/check.ts';
import { CertificateError, StartError, UsageError } from '../errors.ts';
import { explainCertificate } from '../explain/explanation.ts';
import type { ExplainDeps } from '../explain/explanation.ts';
import { plainWorld, withAnchors, withCrls } from '../explain/explain-world.ts';
import { noPause } from '../explain/pause.ts';
import { EXIT, parseArguments } from './command.ts';
import type { Command, ExitCode, Surroundings } from './command.ts';
import { CONFIG_OPTION, loadNamedConfig } from './config-option.ts';
import { readAnchorFile, readCrlFile } from './explain-files.ts';
import { runExplainHeader } from './explain-header.ts';
import { explanationText } from './explain-text.ts';
import { readTime } from './explain-time.ts';
import { readCertificateInput, shownInput } from './named-input.ts';
import type { Read, UnreadableFile } from './named-input.ts';

const OPTIONS = {
  ...CONFIG_OPTION,
  cert: { type: 'string' },
  chain: { type: 'string' },
  trust: { type: 'string' },
  'trust-passphrase-file': { type: 'string' },
  crl: { type: 'string' },
  at: { type: 'string' },
  purpose: { type: 'string' },
  listener: { type: 'string' },
  client: { type: 'string' },
  header: { type: 'string', multiple: true },
  format: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArguments<typeof OPTIONS>>['values'];

const PURPOSES = { client: 'client_auth', server: 'server_auth' } as const;

export const command: Command = {
  synopsis: 'explain --cert FILE',
  summary: 'tell what a certificate is, who vouches for it and whose it is',
  help: `  --cert FILE        the certificate, PEM or DER; more in the file are sent along with it;
                     - reads standard input
  --chain FILE       certificates that are sent along with it
  --trust FILE       the trust anchors: PEM, DER, PKCS#12 or JKS; else those of the listener
  --trust-passphrase-file FILE
                     the passphrase of that store
  --crl FILE         revocation lists, beside those of the configuration
  --at TIME          at this moment, such as 2026-01-31T12:00:00Z; else now
  --purpose client|server
                     whose certificate it is; else client
  -c, --config FILE  the configuration; else, without --trust, $CERTBOUND_CONFIG or ./config.yaml
  --listener NAME    whose rules and anchors decide; else those of the first listener
  --client ID        this client only, by the anchors and revocation mode of its own
  --header 'NAME: VALUE'
                     in place of --cert: a certificate header, its format and what it carries; given
                     several times where a certificate travels in several fields
  --format NAME      the format of the header; else what it looks like
  --json             one JSON object

With --trust and neither --config, --listener nor --client, no configuration is read. Nothing is ever
fetched. A certificate that is not trusted is explained, too: the exit code is then 0 as well.`,
  run: async (args, around) => {
    const { values } = parseArguments(args, OPTIONS);
    const { cert, purpose = 'client', at } = values;
    if (values.header !== undefined) return runExplainHeader(headerArguments(values), around);
    if (values.format !== undefined) throw new UsageError('--format: needs --header');
    if (cert === undefined) throw new UsageError("expected --cert FILE or --header 'NAME: VALUE'");
    if (cert === '-' && values.chain === '-') {
      throw new UsageError('--chain: standard input is read for --cert already');
    }
    if (purpose !== 'client' && purpose !== 'server') {
      throw new UsageError(`--purpose: expected client or server, got "${purpose}"`);
    }
    const moment = { at: at === undefined ? Date.now() : readTime(at), purpose: PURPOSES[purpose] };

    const files = await readFiles(cert, values, around);
    if ('error' in files) return fail(files.error, values, around);
    const { certificates, anchors, crls } = files.value;
    const configured = await configuredDeps(values, around);
    const base = anchors ? withAnchors(configured.deps.world, anchors) : configured.deps.world;
    const deps = { ...configured.deps, world: crls ? withCrls(base, crls) : base };
    const listener = listenerOf(deps, values.listener);
    expectClient(deps, values.client);
    try {
      const question = { ...moment, certificates, listener, clientId: values.client };
      const found = await explainCertificate(question, deps);
      const { notAsked } = configured;
      const text =
        values.json === true
          ? `${JSON.stringify({ ...found, not_asked: notAsked }, undefined, 2)}\n`
          : explanationText(found, notAsked);
      around.stdout.write(text);
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      return fail(
        { code: error.reason, message: `${shownInput(cert)}: ${error.message}` },
        values,
        around,
      );
    }
  },
};

/** No option that speaks of trust goes along: a header is read, not believed. */
function headerArguments({ header = [], format, at, json = false, ...others }: Values) {
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw new UsageError(`--${stranger}: has no meaning with --header`);
  return { header, format, at: at === undefined ? Date.now() : readTime(at), json };
}

async function readFiles(cert: string, values: Values, { stdin, folder }: Surroundings) {
  const { chain, trust, crl, 'trust-passphrase-file': passphrase } = values;
  const leaf = await readCertificateInput(cert, { stdin, folder });
  if ('error' in leaf) return leaf;
  const sent = await optional(chain, (file) => readCertificateInput(file, { stdin, folder }));
  if ('error' in sent) return sent;
  const anchors = await optional(trust, (file) => readAnchorFile(file, folder, passphrase));
  if ('error' in anchors) return anchors;
  const crls = await optional(crl, (file) => readCrlFile(file, folder));
  if ('error' in crls) return crls;
  const [first = new Uint8Array(), ...others] = [...leaf.value, ...(sent.value ?? [])];
  const certificates: readonly [Uint8Array, ...Uint8Array[]] = [first, ...others];
  return { value: { certificates, anchors: anchors.value, crls: crls.value } };
}

async function optional<T>(
  file: string | undefined,
  read: (file: string) => Promise<Read<T>>,
): Promise<Read<T | undefined>> {
  return file === undefined ? { value: undefined } : read(file);
}

async function configuredDeps(
  { trust, config, listener, client }: Values,
  around: Surroundings,
): Promise<{ readonly deps: ExplainDeps; readonly notAsked: readonly string[] }> {
  if (trust !== undefined && [config, listener, client].every((value) => value === undefined)) {
    const answerOf = () => undefined;
    const world = plainWorld(`the anchors of ${trust}`);
    const nothing = { clients: [], answerOf, headers: [] };
    return { deps: { ...nothing, world, pause: noPause }, notAsked: [] };
  }
  const loaded = await loadNamedConfig(config, around);
  const material = await checkConfig(loaded);
  const { explanationOf } = await import('../server/explain.ts');
  return explanationOf(loaded.config, material);
}

function listenerOf({ world }: ExplainDeps, named: string | undefined): string {
  const names = [...world.listeners.keys()];
  const name = named ?? names[0] ?? '';
  if (world.listeners.has(name)) return name;
  throw new UsageError(`--listener: no listener "${name}", there is ${names.join(', ')}`);
}

function expectClient({ clients }: ExplainDeps, named: string | undefined): void {
  if (named === undefined || clients.some(({ clientId }) => clientId === named)) return;
  throw new UsageError(`--client: no client "${named}" in the configuration`);
}

function fail(error: UnreadableFile, { json }: Values, { stdout }: Surroundings): ExitCode {
  if (json !== true) throw new StartError(error.message);
  stdout.write(`${JSON.stringify({ error })}\n`);
  return EXIT.failure;
}
