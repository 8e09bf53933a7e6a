/** Random numbers from 0 (inclusive) to 1 (exclusive): the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of the standard normal distribution (Box and Muller). */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The 95th percentile of the standard normal distribution. */
const Z_95 = 1.6449;

/** A number of the log-normal distribution with this median and 95th percentile. */
export const logNormal = (random: () => number, median: number, p95: number): number =>
  median * Math.exp((normal(random) * Math.log(p95 / median)) / Z_95);
