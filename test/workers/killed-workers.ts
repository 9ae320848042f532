/** Workers that are killed one after the other while clients never stop asking. */

import assert from 'node:assert/strict';
import type { ClientHttp2Session } from 'node:http2';
import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'node:test';

import { http2Connect, http2Exchange } from '../support/http2-client.ts';
import { postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { servingWorkers } from './workers-gateway.ts';
import type { WorkersGateway } from './workers-gateway.ts';

/** Clients that keep their connection, that open one for each request, that speak HTTP/2. */
const LOAD = { kept: 3, anew: 3, http2: 2 } as const;
const CLIENTS = LOAD.kept + LOAD.anew + LOAD.http2;

const FORM = { grant_type: 'client_credentials', client_id: 'self-signed' };

export interface KillsOutcome {
  readonly answered: number;
  readonly lost: number;
  /** Milliseconds from each end of a worker to the moment that another serves in its place. */
  readonly replacedAfterMs: readonly number[];
}

/**
 * Kills a worker, waits until it is replaced and for `pauseMs`, and does so again. Demands that what
 * was lost is what the killed worker had in its hands, lost by a reset, and that no answer was cut.
 */
export async function killUnderLoad(
  t: TestContext,
  { kills, pauseMs, requests }: { kills: number; pauseMs: number; requests: number },
): Promise<KillsOutcome> {
  const gateway = await servingWorkers(t, { listener: '    http2: true' });
  let answered = 0;
  let isOver = false;
  const lost: string[] = [];
  const client = async (ask: Ask): Promise<void> => {
    while (!isOver || answered < requests) {
      try {
        const answer = await ask();
        assert.equal(answer.status, 200, answer.text);
        // Half an answer would be no JSON.
        assert.equal(typeof answer.json()['access_token'], 'string');
        answered += 1;
      } catch (error) {
        lost.push(reasonOf(error));
        // Another is opened before the killed one is known to be gone.
        await delay(10);
      }
    }
  };
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const clients = [
    ...Array.from({ length: LOAD.kept }, () => client(() => askOver(gateway, agent))),
    ...Array.from({ length: LOAD.anew }, () => client(gateway.token)),
    ...Array.from({ length: LOAD.http2 }, () => client(http2Ask(t, gateway))),
  ];
  const replacedAfterMs: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(pauseMs);
    replacedAfterMs.push(await killOne(gateway));
  }
  isOver = true;
  await Promise.all(clients);

  const strange = lost.filter((reason) => !RESET.test(reason));
  assert.deepEqual(strange, []);
  // Each client has one request at a time, and a killed worker had some of them.
  assert.ok(lost.length <= kills * CLIENTS, `${lost.length} lost in ${kills} kills`);
  assert.equal((await gateway.manage('GET', '/readyz')).status, 200);
  // Also reads every line of the log: none may have run into another.
  const ends = gateway.log().filter(({ msg }) => msg === 'a worker ended');
  assert.equal(ends.length, kills);
  return { answered, lost: lost.length, replacedAfterMs };
}

async function killOne(gateway: WorkersGateway): Promise<number> {
  const [victim = 0] = await gateway.workerPids();
  const from = gateway.log().length;
  process.kill(victim, 'SIGKILL');
  const end = await gateway.logged(({ msg }) => msg === 'a worker ended', from);
  const start = await gateway.logged(({ msg }) => msg === 'a worker was replaced', from);
  return Date.parse(String(start['time'])) - Date.parse(String(end['time']));
}

type Ask = () => Promise<ClientAnswer>;

/** As a client sees the end of a connection before its answer is whole; HTTP/2 has words of its own. */
const RESET = /ECONNRESET|socket hang up|EPIPE|ERR_HTTP2|before an answer/;

function askOver({ port, ca, client }: WorkersGateway, agent: Agent): Promise<ClientAnswer> {
  return postForm({ port, ca, path: '/oauth2/token', ...client, form: FORM, agent });
}

/** All over one connection, and another when that is gone. */
function http2Ask(t: TestContext, { port, ca, client }: WorkersGateway): Ask {
  const open = (): ClientHttp2Session => http2Connect({ port, ca, ...client });
  let session = open();
  t.after(() => session.destroy());
  return () => {
    if (session.closed || session.destroyed) session = open();
    return http2Exchange(session, {
      method: 'POST',
      path: '/oauth2/token',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams(FORM).toString(),
    });
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return `${'code' in error ? String(error.code) : ''} ${error.message}`;
}
