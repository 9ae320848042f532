/** From the files of WSO2 Identity Server to a configuration of ours and what there is to know. */

import { adminPathLines, noteMutualSsl } from './admin-paths.ts';
import { readClientAuthenticators } from './client-authenticators.ts';
import { clientLines } from './client-lines.ts';
import { readConnector } from './connector.ts';
import { noteConnector } from './connector-notes.ts';
import { readDeploymentFile } from './deployment-file.ts';
import type { DeploymentFile } from './deployment-file.ts';
import { readEventListeners } from './event-listeners.ts';
import { listenerLines } from './listener-lines.ts';
import { mutualSslOfDeployment, mutualSslOfXml } from './mutual-ssl.ts';
import type { MutualSsl } from './mutual-ssl.ts';
import { createNotes, quote, showPlace } from './note.ts';
import type { Note, Notes } from './note.ts';
import { readStores } from './stores.ts';
import { readTokenBinding } from './token-binding.ts';
import { upstreamLines } from './upstream-lines.ts';
import { readAuthenticatorsFile } from './authenticators-file.ts';
import { comment } from './yaml-lines.ts';

export interface InputFile {
  /** As messages show it. */
  readonly name: string;
  readonly text: string;
}

export interface Imported {
  /** A configuration that passes the schema; the files it names are for the administrator to make. */
  readonly yaml: string;
  readonly notes: readonly Note[];
}

/**
 * Reads a deployment.toml, an authenticators.xml, or both. No secret of theirs is in what is returned.
 *
 * Throws ConfigError, with line and column, where one of them is malformed.
 */
export function importWso2(files: {
  readonly deployment?: InputFile | undefined;
  readonly authenticators?: InputFile | undefined;
}): Imported {
  const notes = createNotes();
  const deployment = readDeploymentFile(
    files.deployment?.text ?? '',
    files.deployment?.name ?? files.authenticators?.name ?? '',
  );
  const authenticatorsXml = files.authenticators && readAuthenticatorsFile(files.authenticators);

  const connector = readConnector(deployment, notes);
  const stores = readStores(deployment, notes);
  const listeners = readEventListeners(deployment, notes);
  const authenticators = readClientAuthenticators(listeners, notes);
  const binding = readTokenBinding(deployment, listeners, authenticators, notes);
  const hasOauth =
    (authenticators.certificate ?? authenticators.certificateAndSecret) !== undefined;
  const guard = chooseMutualSsl(
    mutualSslOfDeployment(deployment),
    authenticatorsXml && mutualSslOfXml(authenticatorsXml, files.authenticators?.name ?? ''),
    notes,
  );
  if (guard !== undefined) noteMutualSsl(guard, { hasOauth, notes });
  noteConnector({ connector, stores, binding, hasOauth, deployment }, notes);
  noteUnread(deployment, notes);

  const lines = [
    ...headerLines(files, notes),
    '',
    ...listenerLines({ connector, stores, binding }),
    '',
    ...upstreamLines(connector, binding, {
      hasCertificateClients: authenticators.certificate !== undefined,
    }),
    '',
    ...clientLines(authenticators),
    '',
    ...(guard === undefined ? [] : adminPathLines(guard)),
  ];
  return { yaml: `${lines.join('\n').trimEnd()}\n`, notes: notes.all() };
}

/** From 5.9 on WSO2 writes authenticators.xml itself, from deployment.toml, at every start. */
function chooseMutualSsl(
  ofDeployment: MutualSsl | undefined,
  ofXml: MutualSsl | undefined,
  notes: Notes,
): MutualSsl | undefined {
  if (ofDeployment === undefined || ofXml === undefined) return ofDeployment ?? ofXml;
  if (ofDeployment.isEnabled !== ofXml.isEnabled) {
    notes.add(
      'admin_files_differ',
      ofXml.place,
      `MutualSSLAuthenticator is ${ofXml.isEnabled ? 'on' : 'off'} here and ${ofDeployment.isEnabled ? 'on' : 'off'} at ${showPlace(ofDeployment.place)}, which is followed: WSO2 writes this file anew from it at every start`,
    );
  }
  return ofDeployment;
}

function noteUnread(deployment: DeploymentFile, notes: Notes): void {
  const sections = [...deployment.unread()];
  if (sections.length === 0) return;
  const total = sections.reduce((sum, [, count]) => sum + count, 0);
  const shown = sections.slice(0, MAX_SHOWN).map(([name, count]) => `${quote(name)} (${count})`);
  const more = sections.length > MAX_SHOWN ? ` and ${sections.length - MAX_SHOWN} more` : '';
  notes.add(
    'not_carried_over',
    deployment.place([]),
    `${total} key${total === 1 ? '' : 's'} of ${sections.length} section${sections.length === 1 ? '' : 's'} not carried over, for WSO2 keeps them: ${shown.join(', ')}${more}`,
  );
}

const MAX_SHOWN = 12;

function headerLines(files: Parameters<typeof importWso2>[0], notes: Notes): readonly string[] {
  const names = [files.deployment, files.authenticators].flatMap((file) =>
    file === undefined ? [] : [file.name],
  );
  return [
    ...comment(`Made by certbound import from ${names.join(' and ')}.`),
    ...comment(
      'Read every line before use; docs/from-wso2.md tells more about each word in brackets.',
    ),
    ...(files.deployment === undefined
      ? comment('No deployment.toml was given: its part below is what WSO2 does without one.')
      : []),
    '#',
    ...notes
      .all()
      .flatMap((note) => comment(`${showPlace(note)} [${note.code}] ${note.text}`, '', '  ')),
  ];
}
