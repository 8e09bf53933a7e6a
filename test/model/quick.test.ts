import { afterAll, expect, test } from 'vitest';
import { check } from './checker.ts';
import { DEPLOYED } from './model.ts';
import { QUICK } from './scenarios.ts';

/** Scenarios with more than 20,000 states; together they have half of all states. Only `npm run test:ci` explores them. */
const LARGE = new Set([
  'a deadline, and requested again',
  'task tokens',
  'unreadable responses, and retried',
  'contexts replaced, and old requests are sent again',
  'executions hand over',
  'deleted and requested again',
  "two deployments, the other's adopted and released",
  'deadlines',
  'an operation, and runs that die',
  'an operation that two runs carry out at the same time',
  'an operation, and a retry by its tenant',
  'an operation, and a deletion',
  'an operation, and a new request',
  'tags changed and deleted',
  'tags changed, deleted out of band',
  'admission: deleted while waiting',
]);
const scenarios = QUICK.filter(({ name }) => process.env.MODEL_SCENARIOS === 'all' || !LARGE.has(name));

/** Far above every quick scenario. A scenario that reaches this limit is not fully explored and proves nothing. */
const MAX_STATES = 150_000;
/** The largest scenario takes about 2 s on an idle machine. */
const LOADED_MS = 180_000;
let states = 0;

test.each(scenarios)(
  '$name: every rule holds in every state, and every state can reach the expected end state',
  { timeout: LOADED_MS },
  (scenario) => {
    const checked = check(DEPLOYED, scenario, MAX_STATES);
    states += checked.states;
    expect(checked.violation?.story).toBeUndefined();
    expect(checked.complete).toBe(true);
  },
);

test('each large scenario is one of the quick ones', () => {
  const names = QUICK.map(({ name }) => name);
  for (const name of LARGE) expect(names).toContain(name);
});

afterAll(() =>
  console.info(`The model, quick bounds: ${scenarios.length} of ${QUICK.length} scenarios, ${states} states`),
);
