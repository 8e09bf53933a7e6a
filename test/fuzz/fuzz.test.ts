import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

/** `npm run test:ci` makes 1,000, `npm run test:fuzz` 20,000. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = process.env.FUZZ_SEED;

/** At least 5 of 100 random requests get each of these, so that 300 requests without one of them is no accident. */
const COMMON = [200, 400, 401, 403, 404, 405];
/** One or two of 100 get each of these, which only a longer run is sure to see. */
const RARE = RUNS >= 1_000 ? [202, 409] : [];

test(`${RUNS} valid and mutated requests: each response conforms to the OpenAPI document`, async () => {
  const { statuses, output, secrets } = await fuzz({ runs: RUNS, ...(SEED && { seed: Number(SEED) }) });
  // These statuses show that requests get past authentication and validation to the service.
  for (const status of [...COMMON, ...RARE]) expect(statuses).toHaveProperty(String(status));
  for (const secret of secrets) expect(output).not.toContain(secret);
}, 1_800_000);
