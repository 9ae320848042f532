/** Files of a running gateway that change as deployments change them. */

import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import { once } from 'node:events';

import { startMixedLoad } from '../support/mixed-load.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture, LogLine } from '../support/running-gateway.ts';

const LISTENER = `listeners:
  - address: 127.0.0.1:0
    certificate: tls/tls.crt
    private_key: tls/tls.key
    client_ca: [ca.pem]
`;

const IDENTITY = { san: { dns: ['localhost'] }, eku: ['serverAuth'] } as const;

async function issue(authority: Issued, name: string): Promise<Issued> {
  return authority.issue({
    subject: `CN=${name}`,
    san: { dns: [...IDENTITY.san.dns] },
    eku: [...IDENTITY.eku],
  });
}

/** Whose certificate a new connection gets. */
async function shownName({ port }: GatewayFixture, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  await once(socket, 'secureConnect');
  const { CN: name } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(name);
}

const isReloaded = ({ msg }: LogLine): boolean => msg === 'configuration reloaded';
const isRefused = ({ msg }: LogLine): boolean => String(msg).startsWith('reload refused');

/** A gateway under load whose certificate is mounted as Kubernetes mounts it. */
async function start(t: TestContext) {
  const authority = await createAuthority({ name: 'Server CA' });
  const first = await issue(authority, 'first');
  const gateway = await startGateway({
    yaml: EMBEDDED,
    listener: '',
    watch: false,
  });
  t.after(gateway.close);
  const mount = join(gateway.folder, 'tls');
  const place = async (name: string, certificate: string, key: string): Promise<void> => {
    await mkdir(join(mount, name));
    await writeFile(join(mount, name, 'tls.crt'), certificate);
    await writeFile(join(mount, name, 'tls.key'), key);
    await symlink(name, join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  await mkdir(mount);
  await place('..1', first.certificatePem, first.privateKeyPem);
  for (const file of ['tls.crt', 'tls.key']) {
    await symlink(join('..data', file), join(mount, file));
  }
  await gateway.configure({ listeners: LISTENER, watch: true });
  assert.equal((await gateway.running.reload()).outcome, 'reloaded');
  const ca = gateway.ca + authority.certificatePem;
  const load = startMixedLoad({ port: gateway.port, ca, client: gateway.client }, { clients: 2 });
  return { gateway, authority, mount, place, ca, load };
}

test('F11: files that are swapped, half written, of another key, deleted or unreadable lose no request, and the whole ones come into force', async (t) => {
  const { gateway, authority, mount, place, ca, load } = await start(t);
  await load.more(10);
  assert.equal(await shownName(gateway, ca), 'first');

  let from = gateway.log().length;
  const second = await issue(authority, 'second');
  await place('..2', second.certificatePem, second.privateKeyPem);
  await gateway.logged(isReloaded, from);
  assert.equal(await shownName(gateway, ca), 'second');

  const third = await issue(authority, 'third');
  const bad: readonly (readonly [string, string, string])[] = [
    ['..3', third.certificatePem.slice(0, 400), third.privateKeyPem],
    ['..4', third.certificatePem, second.privateKeyPem],
    ['..5', third.certificatePem, ''],
  ];
  for (const [name, certificate, key] of bad) {
    from = gateway.log().length;
    await place(name, certificate, key);
    await gateway.logged(isRefused, from);
    assert.equal(await shownName(gateway, ca), 'second');
    assert.match(await gateway.metrics(), /^certbound_config_last_reload_successful 0$/m);
  }
  from = gateway.log().length;
  await rm(join(mount, '..data'));
  await gateway.logged(isRefused, from);
  await load.more(10);

  from = gateway.log().length;
  await place('..6', third.certificatePem, third.privateKeyPem);
  await gateway.logged(isReloaded, from);
  assert.equal(await shownName(gateway, ca), 'third');
  assert.match(await gateway.metrics(), /^certbound_config_last_reload_successful 1$/m);

  // A file of CAs that is written in pieces.
  from = gateway.log().length;
  await gateway.write('ca.pem', '');
  await gateway.logged(isRefused, from);
  from = gateway.log().length;
  await gateway.write('ca.pem', gateway.ca);
  await gateway.logged(isReloaded, from);
  await load.more(10);
  assert.deepEqual(await load.stop(), []);
});

test('a file that a refused configuration names is waited for', async (t) => {
  const gateway = await startGateway({ yaml: EMBEDDED, watch: true });
  t.after(gateway.close);
  const next = await createAuthority({ name: 'Next CA' });
  let from = gateway.log().length;
  await gateway.configure({ clientCa: 'next.pem' });
  await gateway.logged(isRefused, from);
  from = gateway.log().length;
  await gateway.write('next.pem', next.certificatePem);
  const reloaded = await gateway.logged(isReloaded, from);
  assert.match(String(reloaded['changed']), /listeners\.public\.client_ca/);
  await chmod(join(gateway.folder, 'next.pem'), 0o644);
});
