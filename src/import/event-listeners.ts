/** The `[[event_listener]]` tables: which of the classes about certificates are switched on. */

import type { DeploymentFile } from './deployment-file.ts';
import { quote } from './note.ts';
import type { Found, Notes, Place } from './note.ts';

/** Class names without their package. */
export type ListenerClass =
  | 'MutualTLSClientAuthenticator'
  | 'MutualTLSWithIdSecretAuthenticator'
  | 'IntrospectionResponseInterceptor'
  | 'ISIntrospectionDataProvider'
  | 'BasicAuthClientAuthenticator'
  | 'BasicOAuthClientCredAuthenticator';

const CLASSES: readonly ListenerClass[] = [
  'MutualTLSClientAuthenticator',
  'MutualTLSWithIdSecretAuthenticator',
  'IntrospectionResponseInterceptor',
  'ISIntrospectionDataProvider',
  'BasicAuthClientAuthenticator',
  'BasicOAuthClientCredAuthenticator',
];

export interface EventListener {
  readonly class: ListenerClass;
  readonly isEnabled: boolean;
  readonly order: Found<string> | undefined;
  readonly mandateMutualSsl: Found<boolean> | undefined;
  readonly place: Place;
}

/** Of the two base classes that WSO2's pages name, the one that all of these extend. */
const TYPE = 'org.wso2.carbon.identity.core.handler.AbstractIdentityHandler';

export function readEventListeners(
  deployment: DeploymentFile,
  notes: Notes,
): readonly EventListener[] {
  noteOutsideTables(deployment, notes);
  return Array.from({ length: deployment.count(['event_listener']) }, (_, index) =>
    readEventListener(deployment, index, notes),
  ).filter((listener) => listener !== undefined);
}

function readEventListener(
  deployment: DeploymentFile,
  index: number,
  notes: Notes,
): EventListener | undefined {
  const table = ['event_listener', index];
  const name = deployment.text([...table, 'name']);
  const found = CLASSES.find((each) => isNameOf(each, name?.value));
  if (found === undefined || name === undefined) return undefined;
  deployment.text([...table, 'id']);
  const type = deployment.text([...table, 'type']);
  if (type !== undefined && type.value.trim() !== TYPE) {
    notes.add(
      'listener_type_mismatch',
      type.place,
      `${found} extends AbstractIdentityHandler and looks its entry up under that type; what an entry of type ${quote(type.value.replace(/^.*\./, ''))} says may never be read. WSO2's pages have both. Nothing is needed here`,
    );
  }
  const isEnabled = deployment.flag([...table, 'enable']);
  return {
    class: found,
    isEnabled: isEnabled?.value ?? true,
    order: deployment.text([...table, 'order']),
    mandateMutualSsl: deployment.flag([...table, 'properties', 'MandateMutualSSL']),
    place: name.place,
  };
}

/** Some pages of WSO2 have lost the `[[event_listener]]` line above the keys. */
function noteOutsideTables(deployment: DeploymentFile, notes: Notes): void {
  for (const { path, value, place } of deployment.texts()) {
    const found = CLASSES.find((each) => isNameOf(each, value));
    if (path[0] === 'event_listener' || found === undefined) continue;
    const section = path.slice(0, -1).join('.');
    const where = section === '' ? 'no table' : `[${section}]`;
    notes.add(
      'listener_outside_table',
      place,
      `${found} stands in ${where}, so WSO2 does not load it, and nothing of it is carried over: put [[event_listener]] above its keys and import again`,
    );
  }
}

function isNameOf(each: ListenerClass, name: string | undefined): boolean {
  return name !== undefined && name.trim().split('.').at(-1) === each;
}

/** The first listener of one of these classes that is switched on. */
export function enabledListener(
  listeners: readonly EventListener[],
  ...classes: readonly ListenerClass[]
): EventListener | undefined {
  return listeners.find((listener) => listener.isEnabled && classes.includes(listener.class));
}
