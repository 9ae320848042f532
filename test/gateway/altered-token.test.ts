import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startJwtGateway } from './jwt-gateway.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Another character in its place. */
function replaced(token: string, at: number, by: string): string {
  return token.slice(0, at) + by + token.slice(at + 1);
}

/** The character whose six bits differ from those of this one in one bit. */
function oneBitOff(character: string, bit: number): string {
  return ALPHABET[ALPHABET.indexOf(character) ^ (1 << bit)] ?? '';
}

/** All bits of the characters at which an encoding ends or begins, one of every seventh other. */
function oneBitChanged(token: string): readonly string[] {
  return token.split('').flatMap((character, at) => {
    if (character === '.') return [];
    const isAtEdge = [at - 1, at + 1].some((near) => (token[near] ?? '.') === '.');
    const bits = isAtEdge ? [0, 1, 2, 3, 4, 5] : at % 7 === 0 ? [at % 6] : [];
    return bits.map((bit) => replaced(token, at, oneBitOff(character, bit)));
  });
}

function caseFlipped(token: string): readonly string[] {
  const swap = (text: string): string =>
    text.replaceAll(/[a-z]/gi, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
  const letters = token.split('').flatMap((letter, at) => (/[a-z]/i.test(letter) ? [at] : []));
  const some = letters.filter((_, index) => index % 11 === 0);
  return [
    token.toUpperCase(),
    token.toLowerCase(),
    swap(token),
    ...some.map((at) => replaced(token, at, swap(token[at] ?? ''))),
  ];
}

function truncated(token: string): readonly string[] {
  const parts = token.split('.');
  return [
    ...[1, 2, 3, 4, 8, token.length >> 1, token.length - 1].map((less) => token.slice(0, -less)),
    token.slice(1),
    parts.slice(0, -1).join('.') || token.slice(0, 1),
  ];
}

function extended(token: string): readonly string[] {
  const after = ['A', '=', '==', '.', ' ', '\t', '\r\n', '\u0000', '%00', '~', token, `.${token}`];
  return [...after.map((more) => token + more), ...['A', ' ', '.', 'jwt:'].map((it) => it + token)];
}

for (const form of ['opaque', 'jwt'] as const) {
  test(`T45: an ${form} token that is cut, longer, or other by one bit or case is not active`, async (t) => {
    const gateway = await startJwtGateway(t);
    const credentials = { client_id: 'opaque', client_secret: 'opaque-secret' };
    const request = { ...credentials, grant_type: 'client_credentials' };
    const token =
      form === 'jwt'
        ? await gateway.token()
        : String((await gateway.post('/oauth2/token', request)).json()['access_token']);
    const altered = [truncated, extended, oneBitChanged, caseFlipped].flatMap((alter) =>
      alter(token),
    );
    const others = new Set(altered.filter((text) => text !== token));
    for (const text of others) {
      assert.deepEqual(await gateway.introspect(text), { active: false }, text);
    }
    assert.equal((await gateway.introspect(token))['active'], true);
    t.diagnostic(`${others.size} altered tokens`);
  });
}
