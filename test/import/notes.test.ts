import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { importWso2 } from '../../src/import/import-wso2.ts';
import { NOTE_CODES } from '../../src/import/note.ts';
import type { NoteCode } from '../../src/import/note.ts';

const TYPE = 'type = "org.wso2.carbon.identity.core.handler.AbstractIdentityHandler"';
const CLIENT =
  'name = "org.wso2.carbon.identity.oauth2.token.handler.clientauth.mutualtls.MutualTLSClientAuthenticator"';
const SECRET =
  'name = "org.wso2.carbon.identity.oauth2.token.handler.clientauth.tlswithidsecret.MutualTLSWithIdSecretAuthenticator"';
const BASIC =
  'name = "org.wso2.carbon.identity.oauth2.token.handlers.clientauth.BasicAuthClientAuthenticator"';
const HANDLER = 'grant_handler = "x.MTLSTokenBindingRefreshGrantHandler"';
const LISTENER = '[[event_listener]]';
const HEADER = '[oauth.mutualtls]\nclient_certificate_header';
const ADMIN = '[admin_console.authenticator.mutual_ssl_authenticator]';

/** What stands in a file, and the notes it must and must not lead to, as line and code. */
const CASES: readonly {
  readonly title: string;
  readonly toml: string;
  readonly noted?: readonly string[];
  readonly silent?: readonly NoteCode[];
}[] = [
  {
    title: 'clientAuth that is said twice and differently',
    toml: '[transport.https]\nclientAuth = "want"\n[transport.https.properties]\nclientAuth = true',
    noted: ['4 client_auth_contradiction'],
  },
  {
    title: 'clientAuth that is said twice alike',
    toml: '[transport.https]\nclientAuth = "want"\ncertificateVerification = "optional"',
    silent: ['client_auth_contradiction'],
  },
  {
    title: 'a clientAuth that Tomcat does not know',
    toml: '[transport.https]\nclientAuth = "wants"',
    noted: ['2 client_auth_unknown'],
  },
  {
    title: 'the trust manager as one page prints it',
    toml: '[transport.https]\ntrustManagerClassName="org.wso2.carbon.identity.core.util.ClientAuthX509TrustManager "',
    noted: ['2 trust_manager_name'],
  },
  {
    title: 'the trust manager as it is called',
    toml: '[transport.https]\ntrustManagerClassName="org.wso2.carbon.identity.core.util.ClientAuthX509TrustManager"',
    silent: ['trust_manager_name'],
  },
  {
    title: 'a trust store of a type that nobody reads here',
    toml: '[truststore]\ntype = "BCFKS"',
    noted: ['2 trust_store_type'],
  },
  {
    title: 'certificates that nobody asks for',
    toml: `[transport.https]\nclientAuth = "false"\n${LISTENER}\n${TYPE}\n${CLIENT}`,
    noted: ['2 certificate_never_asked'],
    silent: ['trust_store_vouches'],
  },
  {
    title: 'keys of a listener below no header, as one page prints them',
    toml: `[transport.https]\nclientAuth = "want"\nid = "x"\n${CLIENT}\nenable = true`,
    noted: ['4 listener_outside_table'],
    silent: ['service_providers_elsewhere'],
  },
  {
    title: 'keys of a listener at the top of the file',
    toml: CLIENT,
    noted: ['1 listener_outside_table'],
  },
  {
    title: 'a listener of the other base class',
    toml: `${LISTENER}\ntype = "org.wso2.carbon.identity.core.handler.AbstractIdentityMessageHandler"\n${SECRET}`,
    noted: ['2 listener_type_mismatch', '3 basic_authenticator_shadows'],
    silent: ['listener_order_ignored'],
  },
  {
    title: 'a listener that is switched off',
    toml: `${LISTENER}\n${TYPE}\n${SECRET}\nenable = "false"`,
    silent: ['basic_authenticator_shadows', 'mandate_mutual_ssl_meaning'],
  },
  {
    title: 'the Basic authenticator out of the way',
    toml: `${LISTENER}\n${SECRET}\norder = 200\n${LISTENER}\n${BASIC}\nenable = false`,
    noted: ['2 mandate_mutual_ssl_meaning', '3 listener_order_ignored'],
    silent: ['basic_authenticator_shadows'],
  },
  {
    title: 'both authenticators',
    toml: `${LISTENER}\n${SECRET}\n${LISTENER}\n${CLIENT}`,
    noted: ['2 authenticators_collide', '4 header_name_missing'],
  },
  {
    title: 'a header whose name has capitals',
    toml: `${HEADER} = "X-Cert"`,
    noted: ['2 header_name_case', '2 header_from_anybody'],
  },
  {
    title: 'a header with a name that can not be sent',
    toml: `${LISTENER}\n${CLIENT}\n${HEADER} = "x cert"`,
    noted: ['4 header_name_unusable', '2 header_name_missing'],
    silent: ['header_from_anybody'],
  },
  {
    title: 'handlers that bind without a header',
    toml: `[oauth.grant_type.refresh_token]\n${HANDLER}`,
    noted: ['2 binding_without_header', '2 binding_incomplete', '2 binding_twice'],
  },
  {
    title: 'a grant handler that binds nothing',
    toml: '[oauth.grant_type.refresh_token]\ngrant_handler = "bank.OwnHandler"',
    silent: ['binding_twice', 'binding_incomplete'],
  },
  {
    title: 'a data provider alone',
    toml: `${LISTENER}\nname = "x.ISIntrospectionDataProvider"\n[event.default_listener.is_introspection_data_provider]\nenable = true`,
    noted: ['2 introspection_incomplete'],
    silent: ['cnf_key_differs', 'introspection_switch'],
  },
  {
    title: 'an offset that is no number',
    toml: '[server]\noffset = "$env{OFFSET}"',
    noted: ['2 value_unresolved'],
  },
  {
    title: 'an allow list that is on and empty',
    toml: `${ADMIN}\nenable = true\n[${ADMIN.slice(1, -1)}.config]\nWhiteListEnabled = true\nallowlist = ""`,
    noted: ['2 admin_paths_not_carried', '4 allow_list_empty'],
    silent: ['admin_any_user'],
  },
  {
    title: 'the mutual SSL authenticator beside that of OAuth',
    toml: `${ADMIN}\nenable = true\n${LISTENER}\n${CLIENT}`,
    noted: ['2 admin_beside_oauth', '2 admin_any_user'],
  },
  {
    title: 'the mutual SSL authenticator switched off',
    toml: `${ADMIN}\nenable = false`,
    silent: ['admin_paths_not_carried', 'admin_any_user', 'not_carried_over'],
  },
  {
    title: 'sections about other things',
    toml: '[database.identity_db]\npassword = "x"\n[user_store]\ntype = "ldap"',
    noted: ['1 not_carried_over'],
  },
];

for (const { title, toml, noted = [], silent = [] } of CASES) {
  test(`tells about ${title}`, () => {
    const { notes } = importWso2({ deployment: { name: 'deployment.toml', text: toml } });
    const met = notes.map(({ line, code }) => `${line} ${code}`);
    for (const expected of noted) assert.ok(met.includes(expected), `${expected} in ${met.join()}`);
    const codes = notes.map(({ code }) => code);
    for (const code of silent) assert.ok(!codes.includes(code), `no ${code}`);
  });
}

test('docs/from-wso2.md explains every note, and no other', async () => {
  const page = await readFile(new URL('../../docs/from-wso2.md', import.meta.url), 'utf8');
  const explained = [...page.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(explained, [...NOTE_CODES]);
});
