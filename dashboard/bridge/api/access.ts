/** The bridge's optional token, and the request rate limit of each address. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Whether the request has the right token; always true if the bridge has none. */
export type TokenCheck = (given: unknown) => boolean;

export function createTokenCheck(token: string | undefined): TokenCheck {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return (given) => typeof given === "string" && timingSafeEqual(digest(given), expected);
}

/** A digest has a fixed length, so the comparison does not reveal the length of the token. */
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

/** Number of addresses to remember. */
const maxAddresses = 10_000;

/** Limits the requests of each address: a burst, then a rate per second. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether one more request is allowed; if so, counts it. */
  take(address: string): boolean {
    const ms = this.now();
    const bucket = this.buckets.get(address) ?? { left: this.burst, ms };
    bucket.left = Math.min(this.burst, bucket.left + ((ms - bucket.ms) / 1000) * this.perSecond);
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
