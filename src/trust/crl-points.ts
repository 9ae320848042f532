/**
 * CRLs from the distribution points that certificates name. A point is asked when a certificate needs
 * it, then again by a timer for as long as certificates do.
 */

import type { ClientCertificate } from '../certificate/client-certificate.ts';
import type { Crl } from '../certificate/revocation/crl.ts';
import { readDistributionPoints } from '../certificate/revocation/distribution-point.ts';
import type { Anchor } from '../certificate/path/path-anchor.ts';
import { CertificateError, FetchError, TrustDataError } from '../errors.ts';
import { issuerIdOf, openPoint } from './crl-point.ts';
import type { CrlPoint } from './crl-point.ts';
import type { RevocationSource } from './revocation-source.ts';
import { createTurns } from './turns.ts';

export interface CrlPointsOptions {
  /** A list is fetched anew after so long, and in good time before its next update. */
  readonly refreshMs: number;
  /** The least time from one fetch to the next, whatever came of it. */
  readonly retryMs: number;
  /** How long a request waits for a point that was never asked; the fetch itself may go on. */
  readonly waitMs: number;
  readonly maxPoints?: number;
  /** Of one CA, so that none takes the room of the others. */
  readonly maxPointsOfOne?: number;
  /** Fetches at the same time; the other points wait for their turn. */
  readonly maxUnderWay?: number;
  /** Of all lists together. */
  readonly maxOctets?: number;
}

export interface CrlPointsDeps {
  /** Rejects with what is wrong, within a bounded time. */
  readonly read: (url: string) => Promise<readonly Crl[]>;
  /** Those of the lists that the issuer signed. */
  readonly authentic: (lists: readonly Crl[], issuer: Anchor) => Promise<readonly Crl[]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called when lists came, changed or went; never for a list that stayed the same. */
  readonly onChange: (lists: ReadonlyMap<string, readonly Crl[]>) => void;
  readonly onFailure: (url: string, detail: string) => void;
}

export interface CrlPoints extends RevocationSource {
  close(): void;
}

/** Points of one certificate that are looked at; CAs name one, rarely two. */
const MAX_POINTS_OF_CERTIFICATE = 4;

/**
 * Every list that comes makes all cached verdicts be worked out again. How often is bounded by the
 * number of points and `retryMs`, and only lists of a trusted CA count, so that holders of
 * certificates can't bring it about at will.
 */
export function createCrlPoints(options: CrlPointsOptions, deps: CrlPointsDeps): CrlPoints {
  const { retryMs, maxPoints = 128, maxPointsOfOne = 64 } = options;
  const { maxUnderWay = 8, maxOctets = 128 * 1_048_576 } = options;
  const { now } = deps;
  const points = new Map<string, CrlPoint>();
  const inTurn = createTurns(maxUnderWay);
  let isClosed = false;
  let isFullTold = false;

  const tell = (): void => {
    // Two CAs may name one address; each has its own lists behind it.
    const byUrl = Map.groupBy(points.values(), ({ url }) => url);
    const lists = [...byUrl].map(
      ([url, same]) => [url, same.flatMap((one) => one.lists())] as const,
    );
    if (!isClosed) deps.onChange(new Map(lists.filter(([, held]) => held.length > 0)));
  };

  const fetchLists = async (url: string, issuer: Anchor, held: readonly Crl[]) => {
    const lists = await deps.authentic(await inTurn(() => deps.read(url)), issuer);
    if (lists.length === 0) {
      const detail = 'no list there is signed by the CA whose certificate names the point';
      throw new TrustDataError('crl_signature_invalid', detail);
    }
    const others = [...points.values()].flatMap((point) => point.lists());
    if (octetsOf(others) - octetsOf(held) + octetsOf(lists) > maxOctets) {
      const detail = `the lists of all points would be more than ${maxOctets} octets`;
      throw new FetchError('fetch_too_large', detail);
    }
    return lists;
  };

  const open = (key: string, url: string, issuer: Anchor): CrlPoint =>
    openPoint(url, options, {
      now,
      fetch: (held) => fetchLists(url, issuer, held),
      onLists: tell,
      onFailure: (detail) => {
        if (!isClosed) deps.onFailure(url, detail);
      },
      onIdle: () => {
        const held = points.get(key)?.lists() ?? [];
        points.delete(key);
        isFullTold = false;
        if (held.length > 0) tell();
      },
    });

  const hasRoomFor = (issuerId: string): boolean => {
    const ofOne = [...points.keys()].filter((key) => key.endsWith(issuerId)).length;
    return !isClosed && points.size < maxPoints && ofOne < maxPointsOfOne;
  };

  const refuse = (url: string): undefined => {
    const detail = `as many distribution points are held as may be, ${points.size} in all`;
    if (!isFullTold) deps.onFailure(url, detail);
    isFullTold = true;
    return undefined;
  };

  return {
    told: ({ certificate, issuer }, at) => {
      const urls = pointUrls(certificate);
      if (urls.length === 0) return undefined;
      const issuerId = issuerIdOf(issuer);
      const times = urls.map((url) => {
        const point = points.get(`${url} ${issuerId}`);
        if (point !== undefined) return point.askAgainAt();
        return hasRoomFor(issuerId) ? -Infinity : at + retryMs;
      });
      return { outcome: undefined, askAgainAt: Math.min(...times) };
    },
    ask: ({ certificate, issuer }) => {
      const issuerId = issuerIdOf(issuer);
      const waits = pointUrls(certificate).map((url) => {
        const key = `${url} ${issuerId}`;
        const known = points.get(key);
        if (known !== undefined) return known.need();
        if (isClosed) return undefined;
        if (!hasRoomFor(issuerId)) return refuse(url);
        const point = open(key, url, issuer);
        points.set(key, point);
        return point.need();
      });
      const worthIt = waits.filter((wait) => wait !== undefined);
      return worthIt.length === 0 ? undefined : Promise.all(worthIt).then(() => undefined);
    },
    close: () => {
      isClosed = true;
      for (const point of points.values()) point.close();
    },
  };
}

/**
 * The first address of each point that can be asked. Lists that another CA signs for this one are not
 * read, so that their points are none.
 */
function pointUrls(certificate: ClientCertificate): readonly string[] {
  try {
    const own = readDistributionPoints(certificate).filter(
      (point) => point.crlIssuer === undefined,
    );
    const urls = own.flatMap(
      (point) => point.urls.find((text) => /^https?:\/\//i.test(text) && URL.canParse(text)) ?? [],
    );
    return [...new Set(urls)].slice(0, MAX_POINTS_OF_CERTIFICATE);
  } catch (error) {
    // The check against the lists says what is wrong with such a certificate.
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

function octetsOf(lists: readonly Crl[]): number {
  return lists.reduce((sum, { entries }) => sum + entries.source.length, 0);
}
