/** The certificate header, the handlers that bind tokens, and what introspection tells of it. */

import type { ClientAuthenticators } from './client-authenticators.ts';
import type { DeploymentFile } from './deployment-file.ts';
import { enabledListener } from './event-listeners.ts';
import type { EventListener } from './event-listeners.ts';
import { quote } from './note.ts';
import type { Found, Notes } from './note.ts';

export interface TokenBinding {
  /** In lower case; undefined where there is none that can be used. */
  readonly header: Found<string> | undefined;
}

const GRANTS = ['authorization_code', 'client_credentials', 'refresh_token'];
const UMA_SWITCH = [
  'oauth',
  'grant_type',
  'uma_ticket',
  'retrieve_uma_permission_info_through_introspection',
];
/** What replaced the switch in WSO2 Identity Server 6.0.0. */
const PROVIDER_SWITCH = ['event', 'default_listener', 'is_introspection_data_provider', 'enable'];

export function readTokenBinding(
  deployment: DeploymentFile,
  listeners: readonly EventListener[],
  authenticators: ClientAuthenticators,
  notes: Notes,
): TokenBinding {
  const header = readHeader(deployment, notes);
  const { certificate } = authenticators;
  if (header === undefined && certificate !== undefined) {
    notes.add(
      'header_name_missing',
      certificate.place,
      'no [oauth.mutualtls] client_certificate_header that can be used: behind the gateway WSO2 would see no certificate. Add client_certificate_header = "x-wso2-mtls-cert" to deployment.toml',
    );
  }
  noteHandlers(deployment, header, notes);
  noteIntrospection(deployment, listeners, notes);
  return { header };
}

function readHeader(deployment: DeploymentFile, notes: Notes): Found<string> | undefined {
  const found = deployment.text(['oauth', 'mutualtls', 'client_certificate_header']);
  if (found === undefined) return undefined;
  const { place } = found;
  const value = found.value.toLowerCase();
  if (!/^[a-z0-9][a-z0-9_-]{0,127}$/.test(value)) {
    notes.add(
      'header_name_unusable',
      place,
      `${quote(found.value)} is not carried over: expected letters, digits, - and _. Nothing else can be sent reliably; choose x-wso2-mtls-cert`,
    );
    return undefined;
  }
  if (value !== found.value) {
    notes.add(
      'header_name_case',
      place,
      `the binding handlers of WSO2 compare this name letter by letter, and the gateway sends it in lower case: write "${value}" in deployment.toml`,
    );
  }
  notes.add(
    'header_from_anybody',
    place,
    'WSO2 believes this header from whoever sends it: let only the gateway reach its port. The gateway drops what a client sends under this name; if a load balancer writes it, name the balancer in from_load_balancer',
  );
  return { value, place };
}

function noteHandlers(
  deployment: DeploymentFile,
  header: Found<string> | undefined,
  notes: Notes,
): void {
  const handlers = GRANTS.map((grant) => ({
    grant,
    handler: deployment.text(['oauth', 'grant_type', grant, 'grant_handler']),
  }));
  const isBinding = ({ handler }: (typeof handlers)[number]) =>
    handler?.value.includes('MTLSTokenBinding') === true;
  const [first] = handlers.filter(isBinding);
  if (first?.handler === undefined) return;
  const { place } = first.handler;
  const missing = handlers.filter((each) => !isBinding(each)).map(({ grant }) => grant);
  if (header === undefined) {
    notes.add(
      'binding_without_header',
      place,
      'the MTLSTokenBinding handlers bind to the certificate in the header only, and no header is configured: no token is bound today',
    );
  }
  notes.add(
    'binding_incomplete',
    place,
    `WSO2 binds client_credentials and authorization_code alone${missing.length === 0 ? '' : ` (without a handler: ${missing.join(', ')})`}, and at refresh the new token keeps the old certificate, whichever is presented. The gateway binds every grant, at refresh to the certificate presented, which has to be one of the client`,
  );
  notes.add(
    'binding_twice',
    place,
    'the gateway binds the tokens: take the MTLSTokenBinding handlers and IntrospectionResponseInterceptor out of deployment.toml. A cnf of WSO2 that names another certificate, as after a refresh, is answered 502, binding_conflict',
  );
}

function noteIntrospection(
  deployment: DeploymentFile,
  listeners: readonly EventListener[],
  notes: Notes,
): void {
  const uma = deployment.flag(UMA_SWITCH);
  const newer = deployment.flag(PROVIDER_SWITCH);
  const interceptor = enabledListener(listeners, 'IntrospectionResponseInterceptor');
  const provider = enabledListener(listeners, 'ISIntrospectionDataProvider');
  if (uma !== undefined) {
    notes.add(
      'introspection_switch',
      uma.place,
      'in spite of its name this switches every introspection data provider, up to WSO2 5.11; later versions have [event.default_listener.*] for it. It changes nothing here: cnf is always added, other members stay as they come',
    );
  }
  if (interceptor !== undefined) {
    notes.add(
      'cnf_key_differs',
      interceptor.place,
      'WSO2 answers cnf with "x5t#SHA256"; the gateway with "x5t#S256", the name of RFC 8705 section 3.1. The value is the same: change resource servers that read the old name',
    );
  }
  const isSwitchedOn = uma?.value === true || newer?.value === true;
  const shown = interceptor ?? provider;
  if (shown === undefined || (interceptor !== undefined && provider !== undefined && isSwitchedOn))
    return;
  const lacks = [
    ...(interceptor === undefined ? ['IntrospectionResponseInterceptor'] : []),
    ...(provider === undefined ? ['ISIntrospectionDataProvider'] : []),
    ...(isSwitchedOn ? [] : ['retrieve_uma_permission_info_through_introspection = true']),
  ];
  notes.add(
    'introspection_incomplete',
    shown.place,
    `WSO2 tells cnf only with ${lacks.join(' and ')} too: introspection has no cnf today. Through the gateway it has`,
  );
}
