import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

import { jwkOf, jwkWithChain } from '../clients/presented.ts';
import { startDocumentServer } from '../fetch/document-server.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { createWorkshop } from '../support/workshop.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, 'jwks-uri-child.ts');

const { folder, write } = createWorkshop(after);
const authority = await createAuthority({ name: 'Key server CA' });
const [first, second, stranger] = [await selfSigned(), await selfSigned(), await selfSigned()];
write('key-server-ca.pem', authority.certificatePem);

/** What comes of the identities with a key server that answers so. */
async function outcomesWith(
  t: TestContext,
  document: string,
  { identities, environment }: { identities: readonly Issued[]; environment: NodeJS.ProcessEnv },
) {
  const identity = await authority.issue({ subject: 'CN=keys', san: { ip: ['127.0.0.1'] } });
  const { port, requests } = await startDocumentServer(t, (_, response) => response.end(document), {
    identity,
  });
  const { stdout, stderr } = await run(process.execPath, [CHILD], {
    env: {
      PATH: process.env['PATH'],
      JWKS_URI: `https://127.0.0.1:${port}/jwks`,
      IDENTITIES: JSON.stringify(identities),
      ...environment,
    },
  });
  assert.equal(stderr, '');
  return { outcomes: JSON.parse(stdout) as unknown, fetches: requests.length };
}

const keySet = (...keys: readonly object[]): string => JSON.stringify({ keys });
const BELIEVED = { NODE_EXTRA_CA_CERTS: join(folder, 'key-server-ca.pem') };
const NO_KEYS = 'client_keys_unavailable';

test('the keys of a jwks_uri are those of the client', async (t) => {
  const { outcomes, fetches } = await outcomesWith(
    t,
    keySet(jwkWithChain(first.certificate), jwkOf(second.certificate)),
    { identities: [first, second, stranger, first], environment: BELIEVED },
  );
  assert.deepEqual(outcomes, {
    allowed: ['bound', 'bound', 'certificate_not_registered', 'bound'],
    public: [NO_KEYS, NO_KEYS, NO_KEYS, NO_KEYS],
  });
  // A stranger makes nobody ask again so soon.
  assert.equal(fetches, 1);
});

test('a key server whose certificate is not believed gives no keys', async (t) => {
  const document = keySet(jwkWithChain(first.certificate));
  const given = { identities: [first], environment: {} };
  const { outcomes, fetches } = await outcomesWith(t, document, given);
  assert.deepEqual(outcomes, { allowed: [NO_KEYS], public: [NO_KEYS] });
  assert.equal(fetches, 0);
});

test('a key set that is none is said to be so', async (t) => {
  const given = { identities: [first], environment: BELIEVED };
  const { outcomes } = await outcomesWith(t, '<html>', given);
  assert.deepEqual(outcomes, { allowed: ['client_keys_malformed'], public: [NO_KEYS] });
});
