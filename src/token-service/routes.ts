/** The paths that the service answers; every other one is 404. */

export const PATHS = {
  token: '/oauth2/token',
  introspection: '/oauth2/introspect',
  revocation: '/oauth2/revoke',
  jwks: '/oauth2/jwks',
} as const;

const DOCUMENT_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
const ENDPOINT_METHODS: readonly string[] = ['POST'];

const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  [PATHS.token, ENDPOINT_METHODS],
  [PATHS.introspection, ENDPOINT_METHODS],
  [PATHS.revocation, ENDPOINT_METHODS],
  [PATHS.jwks, DOCUMENT_METHODS],
  ['/.well-known/openid-configuration', DOCUMENT_METHODS],
  ['/.well-known/oauth-authorization-server', DOCUMENT_METHODS],
]);

/** The methods of the path in this request target; undefined when there is no such path. */
export function methodsOf(target: string): readonly string[] | undefined {
  return METHODS.get(pathOf(target));
}

export function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1);
  return path;
}
