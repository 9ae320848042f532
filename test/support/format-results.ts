/** Tries every certificate header format in every direction, for the table of the documents. */

import { X509Certificate } from 'node:crypto';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { carriesChain } from '../../src/certificate/header/header-choice.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import type {
  CarriedCertificates,
  Fields,
  HeaderFormat,
  HeaderNames,
} from '../../src/certificate/header/header-codec.ts';
import { httpsRequest } from './https-client.ts';
import { createAuthority } from './pki.ts';
import type { Issued } from './pki.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import type { RecordingUpstream } from './recording-upstream.ts';
import { startGateway } from './running-gateway.ts';
import type { GatewayFixture } from './running-gateway.ts';

/** What arrived, in words of the table. */
export type Arrived = 'leaf' | 'leaf and chain' | 'no';

export interface FormatResult {
  readonly format: HeaderFormat;
  /** By the codec itself. */
  readonly readBack: Arrived;
  /** By Node's X509Certificate, an OpenSSL. */
  readonly readByNode: 'leaf' | 'no';
  /** By a gateway that believes a load balancer of this format. */
  readonly fromBalancer: Arrived;
  /** By a server behind that gateway. */
  readonly toUpstream: Arrived;
}

/** Lengths that differ, since base64 ends in three ways. */
const SUBJECTS = ['CN=x', 'CN=xx', 'CN=xxx', 'CN=xxxx', 'CN=xxxxx', 'CN=xxxxxx'];

/** Resolves to what each format does, in the order of `HEADER_FORMATS`. Starts a whole gateway. */
export async function formatResults(): Promise<readonly FormatResult[]> {
  const authority = await createAuthority({ name: 'Client CA' });
  const below = await authority.issue({ subject: 'CN=Below,O=Test', ca: true });
  const upstream = await startRecordingUpstream();
  const gateway = await startGateway({
    files: { 'client-ca.pem': authority.certificatePem },
    listeners: `listeners: ${JSON.stringify(HEADER_FORMATS.map(listenerOf))}`,
    yaml: `token_service: ${JSON.stringify({
      upstream: {
        url: upstream.url,
        kind: 'native',
        certificate_headers: [
          { format: 'rfc9440' },
          ...HEADER_FORMATS.map((format) => ({ format, ...wireNames(format) })),
        ],
        max_certificate_header_bytes: 65_536,
      },
    })}`,
  });
  const results: FormatResult[] = [];
  try {
    for (const [index, format] of HEADER_FORMATS.entries()) {
      // What a format has no place for must not be needed to find the path.
      const issuer = carriesChain(codecFor(format)) ? below : authority;
      const leaves = await Promise.all(SUBJECTS.map((subject) => issuer.issue({ subject })));
      const chain = issuer === below ? [below] : [];
      const each: FormatResult[] = [];
      for (const leaf of leaves) {
        each.push(await resultOf(format, { gateway, upstream, index, leaf, chain }));
      }
      results.push(each.reduce(worse));
    }
  } finally {
    await gateway.close();
    await upstream.close();
  }
  return results;
}

interface Trial {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
  /** Of the listener that believes the format. */
  readonly index: number;
  readonly leaf: Issued;
  readonly chain: readonly Issued[];
}

async function resultOf(format: HeaderFormat, trial: Trial): Promise<FormatResult> {
  const { gateway, upstream, index } = trial;
  const leaf = trial.leaf.certificate;
  const expected = { leaf, chain: trial.chain.map(({ certificate }) => certificate) };
  const { names, write, read } = codecFor(format);
  const fields = write(expected, names);
  const carried = read(fields, names);
  await httpsRequest({
    port: gateway.ports[index] ?? 0,
    ca: gateway.ca,
    path: '/',
    headers: fields.map(([name, value]) => [name, value]),
  });
  const sent = fieldsOf(upstream.requests.at(-1)?.rawHeaders ?? []);
  const standard = codecFor('rfc9440');
  return {
    format,
    readBack: arrived(expected, carried),
    readByNode: new X509Certificate(carried?.leaf ?? '').raw.equals(leaf) ? 'leaf' : 'no',
    fromBalancer: arrived(expected, standard.read(sent, standard.names)),
    toUpstream: arrived(expected, read(sent, namesOf(format))),
  };
}

function arrived(expected: CarriedCertificates, found: CarriedCertificates | undefined): Arrived {
  const octets = (all: CarriedCertificates): string =>
    [all.leaf, ...all.chain].map((der) => Buffer.from(der).toString('hex')).join(' ');
  if (found === undefined || octets(found) !== octets(expected)) return 'no';
  return expected.chain.length > 0 ? 'leaf and chain' : 'leaf';
}

/** One failure among the certificates is the result of the format. */
function worse(one: FormatResult, other: FormatResult): FormatResult {
  const least = <T extends Arrived>(a: T, b: T): T => (a === 'no' ? a : b);
  return {
    format: one.format,
    readBack: least(one.readBack, other.readBack),
    readByNode: least(one.readByNode, other.readByNode),
    fromBalancer: least(one.fromBalancer, other.fromBalancer),
    toUpstream: least(one.toUpstream, other.toUpstream),
  };
}

function listenerOf(format: HeaderFormat): object {
  return {
    name: format,
    address: '127.0.0.1:0',
    certificate: 'server.pem',
    private_key: 'server-key.pem',
    client_ca: ['client-ca.pem'],
    from_load_balancer: { format, peers: ['127.0.0.1'] },
  };
}

/** All formats side by side in one request, so that each needs names of its own. */
function namesOf(format: HeaderFormat): HeaderNames {
  const prefix = `x-out-${HEADER_FORMATS.indexOf(format)}`;
  const apart = codecFor(format).names.chain !== undefined;
  return { leaf: prefix, ...(apart && { chain: `${prefix}-above` }) };
}

function wireNames(format: HeaderFormat): object {
  const { leaf, chain } = namesOf(format);
  return { name: leaf, ...(chain !== undefined && { chain_name: chain }) };
}

function fieldsOf(flat: readonly string[]): Fields {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []));
}
