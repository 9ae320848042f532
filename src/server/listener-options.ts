/** What a listener is made of, from its section of the configuration and the files of it. */

import { writePem } from '../certificate/pem.ts';
import { isWide } from '../config/check-load-balancer.ts';
import type { ListenerMaterial } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import type { ListenerRules } from '../gateway/authority.ts';
import type { ListenerOptions } from '../listener/listener.ts';

export function listenerOptions(
  material: ListenerMaterial,
  { routes, token_service: service }: Config,
): ListenerOptions {
  const { config, certificatePem, privateKeyPem, clientCas, ticketSecret } = material;
  const { clientCertificate, named } = listenerRules(material);
  const own = { certificatePem, privateKeyPem };
  const resumption = config.session_resumption;
  return {
    name: config.name,
    address: config.address,
    identity: { ...own, clientCertificate },
    named: named.map((rules, index) => ({ ...(material.serverNames[index] ?? own), ...rules })),
    sessions: {
      isOn: resumption === undefined ? undefined : resumption === 'on',
      lifetimeMs: config.session_ticket_lifetime,
      secret: ticketSecret,
    },
    tlsMinVersion: config.tls_min_version,
    // FAPI 2.0 Security Profile section 5.2.2.
    onlyRecommendedCiphers: 'embedded' in service && service.embedded.profile !== undefined,
    http2: config.http2,
    takesUpgrades: routes.some(({ upgrade }) => upgrade === true),
    limits: config.limits,
    proxyProtocol: config.proxy_protocol,
    // Where everybody is a peer, since only a certificate tells them apart, nobody is exempt.
    balancers: config.from_load_balancer?.peers.filter((peer) => !isWide(peer)) ?? [],
    shownCaPems: config.advertise_ca_names ? clientCas.map(writePem) : [],
  };
}

/** The largest request body of each listener, in octets by its name. */
export function maxBodyBytes({ listeners }: Config): ReadonlyMap<string, number> {
  return new Map(listeners.map(({ name, limits }) => [name, limits.max_body_bytes]));
}

/** The rules by which a request's host must fit its connection. */
export function listenerRules({ config }: ListenerMaterial): ListenerRules {
  const { name, client_certificate: clientCertificate } = config;
  const named = config.server_names.map((entry) => ({
    names: entry.names,
    clientCertificate: entry.client_certificate ?? clientCertificate,
  }));
  return { name, clientCertificate, named };
}
