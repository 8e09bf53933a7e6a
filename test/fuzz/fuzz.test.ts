import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

/** `npm run test:ci` makes 1,000, `npm run test:fuzz` 20,000. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = process.env.FUZZ_SEED;

test(`${RUNS} valid and mutated requests: each response conforms to the OpenAPI document`, async () => {
  const { statuses, output, secrets } = await fuzz({ runs: RUNS, ...(SEED && { seed: Number(SEED) }) });
  // These statuses show that requests get past authentication and validation to the service.
  for (const status of [200, 202, 400, 401, 403, 404, 405, 409]) expect(statuses).toHaveProperty(String(status));
  for (const secret of secrets) expect(output).not.toContain(secret);
}, 1_800_000);
