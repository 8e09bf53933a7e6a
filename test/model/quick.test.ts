import { afterAll, expect, test } from 'vitest';
import { check } from './checker.ts';
import { DEPLOYED } from './model.ts';
import { QUICK } from './scenarios.ts';

/** No quick scenario comes near; one that does has lost its bounds, and is no proof. */
const MAX_STATES = 150_000;
/** The largest takes some 2 s on a quiet machine. */
const LOADED_MS = 180_000;
let states = 0;

test.each(QUICK)(
  '$name: every rule holds in every state, and every state can reach the right end',
  { timeout: LOADED_MS },
  (scenario) => {
    const checked = check(DEPLOYED, scenario, MAX_STATES);
    states += checked.states;
    expect(checked.violation?.story).toBeUndefined();
    expect(checked.complete).toBe(true);
  },
);

afterAll(() => console.info(`The model, quick bounds: ${QUICK.length} scenarios, ${states} states`));
