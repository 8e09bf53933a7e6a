import {
  canceled,
  isEnded,
  keyOfRetry,
  newOperation,
  planned,
  type RetryOutcome,
  withOutcome,
} from '../../functions/tracker/operation.ts';
import { isFailed } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { accepted } from './requests.ts';
import { type Emit, has, type Model, type OperationState, type Scenario, spend, type World } from './world.ts';
import { write } from './write.ts';

/** The record's one failure code in the model does not matter: the operation names whichever it has. */
const ASKED = { operationId: 'op', requestHash: '', correlationId: 'operation' };
const ENTRY = { trackerId: 'et', tenantId: 'acme' };

/** A platform starts the operation, its runs retry and record the outcome, and it may be canceled. */
export function operationSteps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  const { record, operation: state } = world;
  if (scenario.operation === undefined || record === undefined) return;
  if (state === undefined) {
    if (!isFailed(record) || record.failure === undefined) return;
    const filter = { failureCodes: [record.failure.code], limit: 1 };
    const operation = planned(newOperation({ ...ASKED, filter }, NOW), 1, NOW);
    const started = {
      operation,
      pending: [],
      matched: record.generation,
      made: 0,
      isForgotten: scenario.operation === 'forgotten',
    };
    emit(() => 'an operation matches the failure', { ...world, operation: started }, true);
    return;
  }
  if (scenario.cancels && !isEnded(state.operation)) {
    const operation = canceled(state.operation, NOW);
    emit(() => 'the operation is canceled', { ...world, operation: { ...state, operation } }, true);
  }
  looks(model, world, state, scenario, emit);
  for (const [index, outcome] of state.pending.entries()) {
    const pending = state.pending.filter((_, other) => other !== index);
    const recorded = { ...recordedOutcome(state, outcome), pending };
    const next = { ...world, operation: recorded };
    // The mutant makes the retry only now.
    const done = model.retryBeforeOutcome ? next : retries(model, next, recorded, scenario).next;
    emit(() => `the operation records ${outcome}`, done);
    if (!has(world, 'crash')) continue;
    const budget = spend(world.budget, 'crash');
    const left = model.retryBeforeOutcome ? { ...state, pending } : recorded;
    emit(() => `the run dies before its second write (${outcome})`, { ...world, budget, operation: left }, true);
  }
}

/** A run looks at the record and retries, in one conditional write. A second run may do the same at the same time. */
function looks(model: Model, world: World, state: OperationState, scenario: Scenario, emit: Emit): void {
  if (isEnded(state.operation) || state.operation.next > 0) return;
  const isSecond = state.pending.length > 0;
  if (isSecond && !has(world, 'duplicate')) return;
  const from = isSecond ? { ...world, budget: spend(world.budget, 'duplicate') } : world;
  // The mutant records the outcome first, so it only decides here.
  const { outcome, next } = model.retryBeforeOutcome
    ? retries(model, from, state, scenario)
    : { outcome: retries(model, from, state, scenario).outcome, next: from };
  const after = next.operation ?? state;
  const pending = [...after.pending, outcome];
  emit(() => `a run of the operation: ${outcome}`, { ...next, operation: { ...after, pending } }, isSecond);
}

function retries(model: Model, world: World, state: OperationState, scenario: Scenario) {
  const { record } = world;
  const { operation, matched, made } = state;
  if (record === undefined) return { outcome: 'skipped' as const, next: world };
  // Eight later requests make the record forget a key.
  const seen = scenario.operation === 'forgotten' ? { ...record, keys: [] } : record;
  const verdict = model.verdictOn(operation, ENTRY, seen);
  if (verdict !== 'retry') return { outcome: verdict, next: world };
  const now = model.timeOfRetry(operation, NOW);
  const request = { key: keyOfRetry(operation, ENTRY.trackerId), correlationId: 'operation', now };
  const after = model.apply('requestRetry', record, request, model.settings);
  if (isRejected(after)) return { outcome: 'skipped' as const, next: world };
  const speaker = world.onlooker.requestOf.at(-1) ?? 0;
  const next = accepted(write(model, world, after), record, after, speaker);
  const isAnothers = record.generation !== matched && made === 0;
  const broken =
    next.broken ??
    (made > 0 ? 'the operation retries a tracker twice' : undefined) ??
    (isAnothers ? 'the operation retries a failure that it did not match' : undefined);
  return { outcome: 'retried' as const, next: { ...next, operation: { ...state, made: made + 1 }, broken } };
}

/** As runs record it: whoever finds that the operation has moved on records nothing. */
function recordedOutcome(state: OperationState, outcome: RetryOutcome['kind']): OperationState {
  const { operation } = state;
  if (operation.next > 0) return state;
  const done: RetryOutcome = outcome === 'failed' ? { kind: 'failed', reason: '' } : { kind: outcome };
  return { ...state, operation: withOutcome(operation, done, ENTRY, NOW) };
}
