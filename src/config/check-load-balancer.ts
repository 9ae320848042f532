/** Load balancers that pass certificates on: whom a listener believes, and what it believes of it. */

import { parsePublicKeyPin, parseThumbprint } from '../certificate/thumbprint.ts';
import { codecFor } from '../certificate/header/codecs.ts';
import type { KeyPath } from './positions.ts';
import type { Report } from './report.ts';
import type { ListenerConfig, LoadBalancerConfig } from './schema.ts';

type AddressRange = LoadBalancerConfig['peers'][number];

/** Returns whether a range is wider than the widest that one party can have to itself. */
export function isWide(range: AddressRange): boolean {
  return range.prefix < minPrefix(range);
}

/** Those of 10.0.0.0/8 and fc00::/7. */
function minPrefix({ address }: AddressRange): number {
  return address.includes(':') ? 7 : 8;
}

/** Returns what names the balancer's own certificate: SHA-256, base64url; empty where nothing does. */
export function checkLoadBalancer(
  listener: ListenerConfig,
  listenerKey: KeyPath,
  report: Report,
): readonly string[] {
  const { from_load_balancer: balancer } = listener;
  if (balancer === undefined) return [];
  const keyPath = [...listenerKey, 'from_load_balancer'];
  refuseWidePeers(balancer, keyPath, report);
  checkVerified(listener, balancer, [...keyPath, 'verified'], report);
  if (balancer.chain_name !== undefined && !hasChainField(balancer)) {
    report.add([...keyPath, 'chain_name'], `${balancer.format} has no header for a chain`);
  }
  if (balancer.peer_certificate !== undefined && listener.client_certificate === 'off') {
    const text = 'needs client_certificate: want or require, so that the balancer is asked for it';
    report.add([...keyPath, 'peer_certificate'], text);
  }
  return readPeerCertificates(balancer, keyPath, report);
}

function checkVerified(
  listener: ListenerConfig,
  { verified, format }: LoadBalancerConfig,
  key: KeyPath,
  report: Report,
): void {
  if (verified === 'here') return;
  // Its passthrough mode; in the other one it sends the leaf alone.
  if (format === 'aws_alb') {
    report.add(key, 'aws_alb is the format of a balancer that verifies nothing: expected here');
  }
  if (listener.revocation !== 'off') {
    report.add(key, 'leaves no path to ask about: expected here, or revocation: off');
  }
}

function hasChainField({ format }: LoadBalancerConfig): boolean {
  return codecFor(format).fieldNames({ leaf: 'leaf', chain: 'chain' }).length > 1;
}

/** An address proves little where half of the world has one like it. */
function refuseWidePeers(balancer: LoadBalancerConfig, keyPath: KeyPath, report: Report): void {
  if (balancer.peer_certificate !== undefined) return;
  balancer.peers.forEach((peer, index) => {
    if (!isWide(peer)) return;
    const text = `is wider than /${minPrefix(peer)}: name the addresses of the balancer, or its peer_certificate`;
    report.add([...keyPath, 'peers', index], text);
  });
}

function readPeerCertificates(
  { peer_certificate: texts = [] }: LoadBalancerConfig,
  keyPath: KeyPath,
  report: Report,
): readonly string[] {
  return texts.flatMap((text, index) => {
    // A digest is looked for among certificates and public keys alike: no two of them share one.
    const pin = parsePublicKeyPin(text);
    if (pin !== undefined) return [pin];
    const thumbprint = parseThumbprint(text);
    if (thumbprint?.algorithm === 'sha256') return [thumbprint.value];
    const problem =
      thumbprint === undefined
        ? 'is no SHA-256 of a certificate or public key in a notation of certbound thumbprint'
        : 'is a SHA-1 thumbprint, expected SHA-256: see certbound thumbprint';
    report.add([...keyPath, 'peer_certificate', index], problem);
    return [];
  });
}
