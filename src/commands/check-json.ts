/** The outcome of `certbound check` for programs. */

import { spellDistinguishedName } from '../certificate/name/distinguished-name-spelling.ts';
import type { Material } from '../config/check.ts';
import { configuredCertificates } from '../config/configured-certificates.ts';
import type { LoadedConfig } from '../config/load.ts';
import { formatKeyPath } from '../config/positions.ts';
import type { ConfigProblem } from '../errors.ts';
import type { Reached } from '../server/reach.ts';
import { knownBy } from './client-lines.ts';

export interface Checked {
  readonly loaded: LoadedConfig;
  readonly material: Material;
  readonly warnings: readonly ConfigProblem[];
  /** Undefined where nobody was asked. */
  readonly reached: readonly Reached[] | undefined;
}

/** Returns the text of a configuration that is refused. */
export function describeRefusedAsJson(file: string, problems: readonly ConfigProblem[]): string {
  return written({ file, valid: false, problems: problems.map(placed), warnings: [] });
}

/** Returns the text of one that is valid; what can't be reached makes it no less so. */
export function describeAsJson({ loaded, material, warnings, reached }: Checked): string {
  return written({
    file: loaded.file,
    valid: true,
    problems: [],
    warnings: warnings.map(placed),
    certificates: configuredCertificates(material).map(({ keyPath, certificate }) => ({
      key: formatKeyPath(keyPath),
      subject: spellDistinguishedName(certificate.subject),
      'x5t#S256': certificate.thumbprint,
      not_before: new Date(certificate.notBefore).toISOString(),
      not_after: new Date(certificate.notAfter).toISOString(),
    })),
    clients: material.clients.map((client) => ({
      client_id: client.config.client_id,
      token_endpoint_auth_method: client.config.token_endpoint_auth_method,
      known_by: knownBy(client),
    })),
    ...(reached && {
      reached: reached.map(({ key, address, tookMs, problem, notices }) => ({
        key,
        address,
        reached: problem === undefined,
        took_ms: tookMs,
        ...(problem && { problem: placed(problem) }),
        notices,
      })),
    }),
  });
}

/** The file may have a colon in its name; what is behind the last two is ours. */
function placed({ place, key, text }: ConfigProblem): Readonly<Record<string, unknown>> {
  const [, line, column] = /:(\d+):(\d+)$/.exec(place) ?? [];
  const position = line !== undefined && { line: Number(line), column: Number(column) };
  return { ...position, key, text };
}

function written(outcome: unknown): string {
  return `${JSON.stringify(outcome, undefined, 2)}\n`;
}
