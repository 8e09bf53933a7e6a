/** The limits of a token bucket. */
export interface BucketLimits {
  /** Tokens that are added each second. */
  readonly ratePerSecond: number;
  /** The tokens that it holds at most, and at first. */
  readonly burst: number;
}

/** The state of a token bucket. */
export interface TokenBucket {
  readonly tokens: number;
  /** When it had them, in milliseconds. */
  readonly at: number;
}

/**
 * Takes a token for a call. In any t seconds at most `burst` + `ratePerSecond` × t calls get one. A refused call takes nothing.
 * @param bucket absent: full
 * @param now milliseconds; an earlier time than that of the bucket adds nothing
 */
export function takeToken(
  bucket: TokenBucket | undefined,
  { ratePerSecond, burst }: BucketLimits,
  now: number,
): { readonly taken: boolean; readonly bucket: TokenBucket } {
  const before = bucket ?? { tokens: burst, at: now };
  const at = Math.max(before.at, now);
  const tokens = Math.min(burst, before.tokens + ((at - before.at) * ratePerSecond) / 1000);
  const taken = tokens >= 1;
  return { taken, bucket: { tokens: taken ? tokens - 1 : tokens, at } };
}
