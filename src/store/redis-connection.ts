/** The connection to Redis: made again when it breaks, and asked whether it keeps what it takes. */

import { StartError, StoreError } from '../errors.ts';
import { describe, withinTimeLimit } from './time-limit.ts';

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, with credentials where the server wants them. */
  readonly url: string;
  /** CAs of the server's certificate; empty: the public roots. */
  readonly caPems: readonly string[];
  readonly timeoutMs: number;
}

export interface RedisConnection {
  /** Runs a script. @throws StoreError when Redis fails or does not answer in time. */
  run(script: string, args: readonly string[]): Promise<unknown>;
  /** Fields of a hash, null for those that are not there. @throws StoreError */
  fields(key: string, names: readonly string[]): Promise<readonly (string | null)[]>;
  close(): Promise<void>;
}

/** Commands under way at once; beyond it the store is overloaded and says so. */
const MAX_COMMANDS = 10_000;

/** A connection that a firewall has forgotten is noticed by the next of these. */
const PING_INTERVAL_MS = 5_000;

/** Pauses between two attempts to connect grow to this. */
const MAX_RECONNECT_PAUSE_MS = 1_000;

/**
 * Connects. While the connection is down every command is refused at once.
 *
 * @throws StartError when Redis can't be reached, or is set up to drop records: a record that is
 * evicted is a token without its binding.
 */
export async function openRedisConnection(
  { url, caPems, timeoutMs }: RedisConnectionOptions,
  events: (text: string) => void,
): Promise<RedisConnection> {
  // Loaded only where it is used.
  const { createClient } = await import('@redis/client');
  let isConnected = false;
  const client = createClient({
    url,
    socket: {
      connectTimeout: timeoutMs,
      // The first attempt is told; later ones go on for ever.
      reconnectStrategy: (retries) =>
        isConnected ? Math.min(50 * 2 ** Math.min(retries, 5), MAX_RECONNECT_PAUSE_MS) : false,
      ...(caPems.length === 0 ? {} : { tls: true as const, ca: [...caPems] }),
    },
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    pingInterval: PING_INTERVAL_MS,
  });
  let told = '';
  client.on('error', (error: unknown) => {
    const text = describe(error);
    // The same failure comes with every attempt to connect.
    if (isConnected && text !== told) events(`the connection to Redis failed: ${text}`);
    told = text;
  });
  client.on('ready', () => {
    if (isConnected && told !== '') events('the connection to Redis is there again');
    told = '';
  });
  try {
    await withinTimeLimit(client.connect(), timeoutMs);
    isConnected = true;
    for (const text of durabilityNotices(await withinTimeLimit(client.info(), timeoutMs))) {
      events(text);
    }
  } catch (error) {
    client.destroy();
    if (error instanceof StartError) throw error;
    throw new StartError(`Redis can't be used: ${describe(error)}`, error);
  }

  return {
    run: async (script, args) => {
      // EVAL caches by itself; the scripts are small beside what they save in round trips.
      const reply: Promise<unknown> = client.eval(script, { keys: [], arguments: [...args] });
      return withinTimeLimit(reply.catch(namedWhenFull), timeoutMs);
    },
    fields: (key, names) => withinTimeLimit(client.hmGet(key, [...names]), timeoutMs),
    close: async () => {
      isConnected = false;
      if (!client.isOpen) return;
      await withinTimeLimit(client.close(), timeoutMs).catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
        client.destroy();
      });
    },
  };
}

/** Redis says so when it is told to hold no more memory. */
function namedWhenFull(error: unknown): never {
  if (error instanceof Error && /\bOOM\b/.test(error.message)) {
    throw new StoreError('store_full', error.message, error);
  }
  throw error;
}

/**
 * What an operator should know of a server that forgets.
 *
 * @param info the answer to INFO.
 * @throws StartError when it evicts records.
 */
function durabilityNotices(info: string): readonly string[] {
  const read = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = read('maxmemory_policy');
  if (read('maxmemory') !== '0' && policy !== undefined && policy !== 'noeviction') {
    throw new StartError(
      `Redis evicts records when its memory is full (maxmemory-policy ${policy}): set it to noeviction`,
    );
  }
  if (read('aof_enabled') !== '0') return [];
  return [
    'Redis writes no append-only file: its records are gone when it restarts. Set appendonly yes, and appendfsync always where they must survive power loss',
  ];
}
