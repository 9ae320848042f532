/** Steps of what is believed, and of paths. */

import { within } from './step.ts';
import type { Step } from './step.ts';

const rest = within('rest', (yaml) => yaml);
const behind = within('rest', (yaml) => yaml, { upstream: '' });
const jwt = within(
  'rest',
  (yaml) =>
    `protected_paths: [{path: /api/*, source: jwt}]\naccess_tokens: {jwt: {${jwtKeys(yaml)}}}`,
  { upstream: '' },
);

const JWT = {
  issuer: 'https://one.example',
  jwks_uri: "'https://one.example/keys'",
  audience: '[one]',
};

function jwtKeys(yaml: string): string {
  const own = yaml.slice(0, yaml.indexOf(':'));
  const others = Object.entries(JWT).filter(([key]) => key !== own);
  return [...others.map(([key, value]) => `${key}: ${value}`), ...(yaml === '' ? [] : [yaml])].join(
    ', ',
  );
}

const JWT_PATH = `protected_paths: [{path: /api/*, source: jwt}, {path: /other, source: jwt}]
access_tokens: {jwt: {${jwtKeys('')}}}`;

/** A guard of administrators, with a thumbprint of one hex digit. */
export const ADMIN = (digit: string, more = ''): string =>
  `admin_paths: [{path: /admin/*, listeners: [public], certificate_thumbprints: [${digit.repeat(64)}], users: {'${digit.repeat(64)}': [bob]}${more}}]`;

export const TRUST_STEPS: readonly Step[] = [
  ...['any_extended_key_usage', 'ca_certificate'].map((key) =>
    rest(
      `certificate_rules.${key}`,
      ['', `certificate_rules: {${key}: accept}`],
      `certificate_rules.${key}: refuse became accept`,
    ),
  ),
  rest(
    'certificate_rules.absent_extended_key_usage',
    ['certificate_rules: {absent_extended_key_usage: refuse}', ''],
    'certificate_rules.absent_extended_key_usage: refuse became accept',
  ),
  rest(
    'certificate_rules.clock_skew',
    ['', 'certificate_rules: {clock_skew: 5s}'],
    'certificate_rules.clock_skew: 0 ms became 5000 ms',
  ),
  rest(
    'revocation.crl_urls',
    ["revocation: {crl_urls: ['http://crl.example/']}", ''],
    'revocation.crl_urls: http://crl.example/ was removed',
  ),
  rest('revocation.crl_files', ['revocation: {crl_files: [lists]}', ''], 'revocation.crl_files: '),
  ...['ocsp', 'crl_distribution_points'].map((key) =>
    rest(
      `revocation.${key}`,
      [`revocation: {${key}: true}`, ''],
      `revocation.${key}: on became off`,
    ),
  ),
  rest(
    'revocation.refresh',
    ['', 'revocation: {refresh: 2h}'],
    'revocation.refresh: 3600000 ms became 7200000 ms',
  ),
  rest(
    'revocation.allow_private_addresses',
    ['', 'revocation: {allow_private_addresses: true}'],
    'revocation.allow_private_addresses: off became on',
  ),
  rest('jwks.ca', ['jwks: {ca: [ca.pem]}', ''], 'jwks.ca: the public roots vouch now'),
  rest('jwks.ca', ['jwks: {ca: [ca.pem]}', 'jwks: {ca: [both.pem]}'], 'jwks.ca: '),
  rest('jwks.max_age', ['', 'jwks: {max_age: 6m}'], 'jwks.max_age: 300000 ms became 360000 ms'),
  rest(
    'jwks.max_stale',
    ['jwks: {max_stale: 1h}', ''],
    'jwks.max_stale: 3600000 ms became 86400000 ms',
  ),
  behind(
    'access_tokens.introspection.cache.ttl',
    ['', ', cache: {}'].map(
      (cache) =>
        `protected_paths: [{path: /api/*, source: introspection}]\naccess_tokens: {introspection: {client_id: g, client_secret: of-the-gateway${cache}}}`,
    ) as [string, string],
    'access_tokens.introspection.cache.ttl: 0 ms became 10000 ms',
  ),
  jwt(
    'access_tokens.jwt.ca',
    ['ca: [ca.pem]', ''],
    'access_tokens.jwt.ca: the public roots vouch now',
  ),
  jwt(
    'access_tokens.jwt.audience',
    ['audience: [one]', 'audience: [one, two]'],
    'access_tokens.jwt.audience: two was added',
  ),
  jwt(
    'access_tokens.jwt.types',
    ['', 'types: [at+jwt, jwt]'],
    'access_tokens.jwt.types: jwt was added',
  ),
  jwt(
    'access_tokens.jwt.algorithms',
    ['algorithms: [ES256]', 'algorithms: [ES256, RS256]'],
    'access_tokens.jwt.algorithms: RS256 was added',
  ),
  jwt(
    'access_tokens.jwt.clock_skew',
    ['', 'clock_skew: 11s'],
    'access_tokens.jwt.clock_skew: 10000 ms became 11000 ms',
  ),
  ...[
    ['issuer', 'one', 'two'],
    ['jwks_uri', "'https://one.example/'", "'https://two.example/'"],
  ].map(([key = '', one = '', two = '']): Step => {
    const step = jwt(
      `access_tokens.jwt.${key}`,
      [`${key}: ${one}`, `${key}: ${two}`],
      `access_tokens.jwt.${key}: ${two.replaceAll("'", '')} was added`,
    );
    return { ...step, eitherWay: true };
  }),
  within('rest', (source) => JWT_PATH.replace('jwt', source), { upstream: '' })(
    'protected_paths[].source',
    ['store', 'jwt'],
    'protected_paths./api/*.source: jwt was added',
  ),
  rest('tracing.mode', ['', 'tracing: {mode: restart}'], 'tracing.mode: off became restart'),
  rest(
    'tracing.mode',
    ['tracing: {mode: restart}', 'tracing: {mode: join}'],
    'tracing.mode: restart became join',
  ),
  rest('demo.certificates', ['', 'demo: {certificates: demo}'], 'demo: off became on'),
  rest(
    'demo.allow_any_address',
    ['demo: {certificates: demo}', 'demo: {certificates: demo, allow_any_address: true}'],
    'demo.allow_any_address: off became on',
  ),
  behind(
    'protected_paths[].path',
    ['protected_paths: [{path: /api/*}]', ''],
    'protected_paths: /api/* was removed',
  ),
  behind(
    'protected_paths[].binding',
    ['protected_paths: [{path: /api/*}]', 'protected_paths: [{path: /api/*, binding: if_bound}]'],
    'protected_paths./api/*.binding: required became if_bound',
  ),
  behind(
    'protected_paths[].overlap',
    ['protected_paths: [{path: /api/*}]', 'protected_paths: [{path: /api/*, overlap: 1m}]'],
    'protected_paths./api/*.overlap: 0 ms became 60000 ms',
  ),
  behind('admin_paths[].path', [ADMIN('a'), ''], 'admin_paths: /admin/* was removed'),
  behind(
    'admin_paths[].listeners',
    [ADMIN('a'), ADMIN('a').replace('[public]', '[public, other]')],
    'admin_paths./admin/*.listeners: other was added',
  ),
  behind(
    'admin_paths[].certificate_thumbprints',
    [ADMIN('a'), ADMIN('a').replace('[aa', `['${'b'.repeat(64)}', aa`)],
    'admin_paths./admin/*.certificate_thumbprints: bbbb',
  ),
  behind(
    'admin_paths[].trusted_issuers',
    [ADMIN('a'), ADMIN('a', ", trusted_issuers: ['CN=One']")],
    'admin_paths./admin/*.trusted_issuers: CN=One was added',
  ),
  behind(
    'admin_paths[].allow_sha1',
    [ADMIN('a'), ADMIN('a', ', allow_sha1: true')],
    'admin_paths./admin/*.allow_sha1: off became on',
  ),
  behind(
    'admin_paths[].users',
    [ADMIN('a'), ADMIN('a').replace('[bob]', '[bob, eve]')],
    'admin_paths./admin/*.users: eve for aaaa',
  ),
  ...['user_header', 'vouched_user_header'].map((key): Step => {
    const step = behind(
      `admin_paths[].${key}`,
      [ADMIN('a', `, ${key}: x-one`), ADMIN('a', `, ${key}: x-two`)],
      `admin_paths./admin/*.${key}: x-one was removed`,
    );
    return { ...step, eitherWay: true };
  }),
  ...['routes[].path', 'routes[].client_certificate'].map((key) =>
    rest(
      key,
      ['routes: [{path: /x, client_certificate: require}]', ''],
      'routes./x.client_certificate: require became want',
    ),
  ),
  behind(
    'routes[].upgrade',
    ['', 'routes: [{path: /x, upgrade: true}]'],
    'routes./x.upgrade: off became on',
  ),
  rest(
    'routes[].max_body_bytes',
    ['routes: [{path: /x, max_body_bytes: 10}]', 'routes: [{path: /x}]'],
    'routes./x.max_body_bytes: 10 became 16777216',
  ),
  ...['per_address', 'per_client'].flatMap((key) =>
    [
      ['rate', 'rate: 5/s', 'rate: 6/s'],
      ['burst', 'rate: 5/s', 'rate: 5/s, burst: 6'],
      ['paths', 'rate: 5/s', 'rate: 5/s, paths: [/x]'],
    ].map(([name = '', before = '', after = '']) =>
      rest(
        `rate_limits.${key}[].${name}`,
        [`rate_limits: {${key}: [{${before}}]}`, `rate_limits: {${key}: [{${after}}]}`],
        `rate_limits.${key}: /* 5/s, 5 at once, was removed or raised`,
      ),
    ),
  ),
  rest(
    'rate_limits.exempt_addresses',
    ['', 'rate_limits: {exempt_addresses: [10.0.0.1]}'],
    'rate_limits.exempt_addresses: 10.0.0.1/32 was added',
  ),
];
