/** Starts the program and tells what it makes of certificates of a client with a `jwks_uri`. */

import process from 'node:process';

import type { Issued } from '../support/pki.ts';
import { createWorkshop } from '../support/workshop.ts';
import { expectBound, outcomeOf, selfSignedClient, startWithClients } from './client-attempt.ts';
import { tokenByCurl, withoutCurl } from './curl.ts';

type Identity = Pick<Issued, 'certificatePem' | 'privateKeyPem' | 'thumbprint'>;

const { JWKS_URI: uri = '', IDENTITIES = '[]' } = process.env;
const identities = JSON.parse(IDENTITIES) as readonly Identity[];

const ends: (() => Promise<void>)[] = [];
const gateway = await startWithClients(
  { after: (end) => void ends.push(end as () => Promise<void>) },
  {
    clients: {
      allowed: selfSignedClient({ jwks_uri: uri, allow_private_jwks_uri: true }),
      public: selfSignedClient({ jwks_uri: uri }),
    },
  },
);
const outcomes: Record<string, readonly string[]> = {};
for (const clientId of ['allowed', 'public']) {
  const seen: string[] = [];
  for (const identity of identities) seen.push(await outcomeOf(gateway, clientId, identity));
  outcomes[clientId] = seen;
}
const [identity] = identities;
if (identity !== undefined && outcomes['allowed']?.[0] === 'bound' && withoutCurl === false) {
  const workshop = createWorkshop((clean) => void ends.push(async () => clean()));
  const clientId = 'allowed';
  const answer = await tokenByCurl(gateway, { clientId, identity, workshop });
  const { thumbprint } = identity;
  await expectBound(gateway, { token: String(answer['access_token']), clientId, thumbprint });
}
for (const end of ends) await end();
process.stdout.write(JSON.stringify(outcomes));
