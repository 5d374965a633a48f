/** The optional token of the bridge, and how often one address may ask. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Whether somebody shows the token; everybody is welcome where there is none. */
export type TokenCheck = (given: unknown) => boolean;

export function createTokenCheck(token: string | undefined): TokenCheck {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return (given) => typeof given === "string" && timingSafeEqual(digest(given), expected);
}

/** Of equal length whatever is given, so that the comparison reveals nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The token of a request: `Authorization: Bearer …`. */
export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
}

interface Bucket {
  left: number;
  ms: number;
}

/** Number of addresses that are remembered. */
const maxAddresses = 10_000;

/** Requests of each address: a burst, and a rate per second after that. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perSecond: number,
    private readonly atOnce: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether one more request is welcome. */
  take(address: string): boolean {
    const ms = this.now();
    const bucket = this.buckets.get(address) ?? { left: this.atOnce, ms };
    bucket.left = Math.min(this.atOnce, bucket.left + ((ms - bucket.ms) / 1000) * this.perSecond);
    bucket.ms = ms;
    this.buckets.delete(address);
    this.buckets.set(address, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > maxAddresses) this.buckets.delete(oldest as string);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}
