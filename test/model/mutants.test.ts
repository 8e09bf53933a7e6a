import { expect, test } from 'vitest';
import { ADMISSION_MUTANTS } from './admission-mutants.ts';
import { ATTEMPT_MUTANTS } from './attempt-mutants.ts';
import { check } from './checker.ts';
import { DATASET_GROUP_MUTANTS } from './dataset-group-mutants.ts';
import { DEPLOYMENT_MUTANTS } from './deployment-mutants.ts';
import { DRIFT_MUTANTS } from './drift-mutants.ts';
import { DEPLOYED } from './model.ts';
import { MUTANTS } from './mutants.ts';
import { OPERATION_MUTANTS } from './operation-mutants.ts';
import { REQUEST_MUTANTS } from './request-mutants.ts';
import { UNREADABLE_MUTANTS } from './unreadable-mutants.ts';
import { UPDATE_MUTANTS } from './update-mutants.ts';

/** The largest mutant takes 6 s on an idle machine. The limit is generous because CI may be loaded. */
const LOADED_MS = 180_000;

// Proof that the model check can fail: leaving out any rule of the protocol yields a counterexample. The deployed code has none in the same
// scenario.
test.each([
  ...MUTANTS,
  ...DRIFT_MUTANTS,
  ...UNREADABLE_MUTANTS,
  ...DEPLOYMENT_MUTANTS,
  ...DATASET_GROUP_MUTANTS,
  ...REQUEST_MUTANTS,
  ...ATTEMPT_MUTANTS,
  ...OPERATION_MUTANTS,
  ...UPDATE_MUTANTS,
  ...ADMISSION_MUTANTS,
])('$name: the model check finds a counterexample', { timeout: LOADED_MS }, ({ model, scenario, breaks }) => {
  const { violation } = check(model, scenario, 200_000);
  expect(violation?.rule).toMatch(breaks);
  expect(violation?.story).toContain('request 0');
  const asDeployed = check({ ...DEPLOYED, settings: model.settings }, scenario, 200_000);
  expect(asDeployed).toMatchObject({ complete: true });
  expect(asDeployed.violation?.story).toBeUndefined();
});
