/** The paths of the flows with people; with no users each of them is 404. */

/** In the provider's words. */
export const PEOPLE_PATHS = {
  authorization: '/oauth2/authorize',
  userinfo: '/oauth2/userinfo',
  pushed_authorization_request: '/oauth2/par',
  end_session: '/oauth2/logout',
  device_authorization: '/oauth2/device_authorization',
  code_verification: '/oauth2/device',
} as const;

/** Where somebody logs in and consents; behind it the id of what they are asked for. */
export const INTERACTION_PATH = '/interaction';

const ID = '[A-Za-z0-9_-]{1,64}';
const INTERACTION = new RegExp(`^${INTERACTION_PATH}/(${ID})$`);
const RESUMED = new RegExp(
  `^(?:${PEOPLE_PATHS.authorization}|${PEOPLE_PATHS.code_verification})/${ID}$`,
);

/** Where no browser is sent to. */
const MACHINE_PATHS: ReadonlySet<string> = new Set([
  PEOPLE_PATHS.userinfo,
  PEOPLE_PATHS.device_authorization,
  PEOPLE_PATHS.pushed_authorization_request,
]);

const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  [PEOPLE_PATHS.authorization, ['GET', 'POST']],
  [PEOPLE_PATHS.userinfo, ['GET', 'POST', 'OPTIONS']],
  [PEOPLE_PATHS.pushed_authorization_request, ['POST']],
  [PEOPLE_PATHS.end_session, ['GET', 'POST']],
  [`${PEOPLE_PATHS.end_session}/confirm`, ['POST']],
  [`${PEOPLE_PATHS.end_session}/success`, ['GET']],
  [PEOPLE_PATHS.device_authorization, ['POST']],
  [PEOPLE_PATHS.code_verification, ['GET', 'POST']],
]);

/** The methods of the path in this request target; undefined when there is no such path. */
export function peopleMethodsOf(target: string): readonly string[] | undefined {
  const [path = ''] = target.split('?', 1);
  if (INTERACTION.test(path)) return ['GET', 'POST'];
  if (RESUMED.test(path)) return ['GET'];
  return METHODS.get(path);
}

/** The id in the path of an interaction; undefined for any other path. */
export function interactionIdOf(path: string): string | undefined {
  return INTERACTION.exec(path)?.[1];
}

/** Whether a browser is to be answered in HTML there. */
export function isPage(path: string): boolean {
  return !MACHINE_PATHS.has(path) && peopleMethodsOf(path) !== undefined;
}
