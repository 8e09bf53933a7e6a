import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketLimits, type TokenBucket, takeToken } from '../../../infra/local/personalize/token-bucket.ts';

const limits = fc.record({
  ratePerSecond: fc.double({ min: 0.01, max: 200, noNaN: true }),
  burst: fc.integer({ min: 1, max: 50 }),
});
/** The pauses before each call, in milliseconds: mostly short, so that buckets are exhausted. Clocks also go back. */
const pauses = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -2_000, max: 0 }) },
  ),
  { minLength: 1, maxLength: 120 },
);

/** Calls at these times. The time that a bucket knows never goes back. */
function calls(of: BucketLimits, waits: readonly number[]) {
  let bucket: TokenBucket | undefined;
  let now = 1_700_000_000_000;
  let latest = Number.NEGATIVE_INFINITY;
  return waits.map((wait) => {
    now += wait;
    latest = Math.max(latest, now);
    const { taken, bucket: after } = takeToken(bucket, of, now);
    bucket = after;
    return { at: latest, taken, tokens: after.tokens };
  });
}

test('any window of t seconds has at most burst + rate × t accepted calls', () => {
  fc.assert(
    fc.property(limits, pauses, (of, waits) => {
      const accepted = calls(of, waits).flatMap(({ at, taken }) => (taken ? [at] : []));
      for (const [first, from] of accepted.entries()) {
        for (const [last, to] of accepted.entries()) {
          if (last < first) continue;
          const most = of.burst + ((to - from) / 1000) * of.ratePerSecond;
          expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
        }
      }
    }),
  );
});

test('a call is refused only if fewer than one token is left of the burst and of what came since', () => {
  fc.assert(
    fc.property(limits, pauses, (of, waits) => {
      const made = calls(of, waits);
      for (const [index, { at, taken }] of made.entries()) {
        if (taken) continue;
        // Otherwise some window up to this call would have had room for it.
        const isFull = made.slice(0, index + 1).some(({ at: from }, first) => {
          const count = made.slice(first, index).filter((each) => each.taken).length;
          return count + 1 > of.burst + ((at - from) / 1000) * of.ratePerSecond - 1e-6;
        });
        expect(isFull).toBe(true);
      }
    }),
  );
});

test('a bucket holds between none and the burst, and a full one accepts the burst at once', () => {
  fc.assert(
    fc.property(limits, pauses, (of, waits) => {
      for (const { tokens } of calls(of, waits)) {
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThanOrEqual(of.burst);
      }
      const atOnce = calls(of, Array<number>(of.burst + 3).fill(0));
      expect(atOnce.filter(({ taken }) => taken)).toHaveLength(of.burst);
    }),
  );
});
