import { expect, test } from 'vitest';
import { check } from './checker.ts';
import { DRIFT_MUTANTS } from './drift-mutants.ts';
import { DEPLOYED } from './model.ts';
import { MUTANTS } from './mutants.ts';

// The model can fail: each rule of the protocol, left out, has its counterexample, and the code as it is has none there.
test.each([...MUTANTS, ...DRIFT_MUTANTS])('$name: caught', ({ model, scenario, breaks }) => {
  const { violation } = check(model, scenario, 200_000);
  expect(violation?.rule).toMatch(breaks);
  expect(violation?.story).toContain('request 0');
  const asDeployed = check({ ...DEPLOYED, settings: model.settings }, scenario, 200_000);
  expect(asDeployed).toMatchObject({ complete: true });
  expect(asDeployed.violation?.story).toBeUndefined();
});
