import { createRecord, type TrackerRequest, wasAccepted } from '../../functions/tracker/desired-state.ts';
import { type EventTrackerRecord, isClaimable } from '../../functions/tracker/record.ts';
import type { FirstUse } from '../../functions/tracker/repeats.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { requestedTags } from './tags.ts';
import { arnOf, type Emit, has, type Model, type Request, type Scenario, spend, type World } from './world.ts';
import { write } from './write.ts';

/** Later requests are later than the operation: the model's clock moves by this one step. */
const timeOfRequest = ({ operation }: Pick<World, 'operation'>): number => (operation ? NOW + 1 : NOW);

const keyOfRequest = (index: number): { key: string; body: string } => ({ key: `k${index}`, body: '' });
const tokenOf = (index: number): string => `token-${index}`;

const trackerRequestOf = (
  { ask, tenant = 'acme', withToken, context, waits }: Request,
  index: number,
): TrackerRequest => ({
  trackerId: 'et',
  datasetGroupArn: 'group',
  name: `name-${index}`,
  tags: [],
  tenantId: tenant,
  adoptExisting: ask === 'adopt',
  correlationId: `correlation-${index}`,
  key: keyOfRequest(index),
  ...(withToken && { callback: { taskToken: tokenOf(index) } }),
  ...(waits && { waitForDatasetGroup: true }),
  ...(context && { clientContext: context }),
});

/**
 * The clients. Each sends its request once, after the request that the scenario names, and repeats it if the response is lost. Read, decide
 * and save are one step: the API calls nothing in between, and a refused save starts over.
 */
export function requestSteps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  for (const [index, request] of scenario.requests.entries()) {
    const phase = world.clients[index];
    if (phase === 'answered') continue;
    const isRepeat = phase === 'will repeat';
    if (!isRepeat && index > 0 && world.clients[request.after ?? 0] === 'not asked') continue;
    const asked = ask(model, world, request, index);
    if (asked === undefined) {
      if (!isRepeat && request.context && world.record && has(world, 'repeat')) {
        const lost = phased(
          { ...world, budget: spend(world.budget, 'repeat') },
          index,
          'will repeat',
          firstUseOf(world.record),
        );
        emit(() => `request ${index} (${request.ask}) changes nothing, its response is lost`, lost, true);
      }
      // A repeat that finds its own key, or nothing to do, returns the record as it is.
      if (isRepeat)
        emit(
          () => `request ${index} (${request.ask}) is repeated and answered`,
          phased(startedAgain(world), index, 'answered'),
          true,
        );
      continue;
    }
    const label = () => `request ${index} (${request.ask}${request.withToken ? ' with a token' : ''}) is accepted`;
    emit(label, phased(asked, index, 'answered'), true);
    if (has(world, 'repeat') && !isRepeat) {
      const from = { ...asked, budget: spend(world.budget, 'repeat') };
      const lost = phased(from, index, 'will repeat', isKeyed(request) ? firstUseOf(world.record) : undefined);
      emit(() => `${label()}, its response is lost`, lost, true);
    }
  }
}

const isKeyed = ({ context, keyed }: Request): boolean => context !== undefined || keyed === true;

/** The data stored with a key before any other write: the generation that its request joins or starts. */
const firstUseOf = (record: EventTrackerRecord | undefined): FirstUse => ({
  generation: record === undefined ? 1 : record.generation + (isClaimable(record) ? 1 : 0),
  contextRevision: record?.contextRevision ?? 0,
});

const phased = (world: World, index: number, phase: World['clients'][number], firstUse?: FirstUse): World => ({
  ...world,
  clients: world.clients.map((before, other) => (other === index ? phase : before)),
  firstUses: world.firstUses.map((before, other) => (other === index ? firstUse : before)),
});

/** A repeat starts the execution if the first request failed to. An execution name that is taken counts as started. */
const startedAgain = (world: World): World => (world.start === 'lost' ? { ...world, start: 'pending' } : world);

/** The world after the request is accepted; undefined if it is refused or changes nothing. */
function ask(model: Model, world: World, request: Request, index: number): World | undefined {
  const { record } = world;
  const now = timeOfRequest(world);
  const desired = trackerRequestOf(request, index);
  if (record === undefined) {
    if (request.ask !== 'tracker' && request.ask !== 'adopt') return undefined;
    const claimed = createRecord(desired, now, model.settings);
    return {
      ...world,
      record: { ...claimed, history: [] },
      start: 'pending',
      onlooker: { ...world.onlooker, requestOf: [index] },
    };
  }
  const isForgotten = request.keyed && world.clients[index] === 'will repeat';
  if (model.keysChecked && !isForgotten && wasAccepted(record, desired.key)) return undefined;
  const after = decideRequest(model, record, request, desired, now, world.firstUses[index]);
  if (after === undefined) return undefined;
  const next = checkContext(accepted(write(model, world, after), record, after, index), record, after, index);
  return doomed(next, record, request);
}

/** The decision that the routes make: docs/protocol.md, "Transitions". */
function decideRequest(
  { apply, newestGeneration, settings }: Model,
  record: EventTrackerRecord,
  { ask, tags = '' }: Request,
  desired: TrackerRequest,
  now: number,
  firstUse: FirstUse | undefined,
): EventTrackerRecord | undefined {
  const { key, correlationId, callback, clientContext, waitForDatasetGroup } = desired;
  const by = { now, key, correlationId };
  const first = (...verbs: (() => ReturnType<typeof apply>)[]): EventTrackerRecord | undefined => {
    for (const verb of verbs) {
      const applied = verb();
      if (!isRejected(applied)) return applied;
    }
    return undefined;
  };
  // In the model each request has its own name, to tell whose event it is. So `record` stands in for the repeated request, as if the names
  // were equal.
  const isOver = firstUse !== undefined && record.generation + 1 > newestGeneration(firstUse, record, record);
  const claimed = isOver ? [] : [() => apply('recreate', record, { now, request: desired }, settings)];
  switch (ask) {
    case 'tracker':
      return first(...claimed, () =>
        apply('attachCallback', record, { now, key, callback, clientContext, waitForDatasetGroup, firstUse }, settings),
      );
    case 'adopt':
      return first(...claimed);
    case 'deletion':
      return first(
        () => apply('release', record, by, settings),
        () => apply('requestDelete', record, { ...by, destroy: false }, settings),
      );
    case 'destruction':
      return first(() => apply('requestDelete', record, { ...by, destroy: true }, settings));
    case 'patch':
      return first(() => apply('requestUpdate', record, { ...by, tags: requestedTags(tags) }, settings));
    case 'retry':
      return firstUse && record.generation >= firstUse.generation
        ? undefined
        : first(() => apply('requestRetry', record, by, settings));
  }
}

/** Adds an accepted request to the onlooker's notes. */
export function accepted(world: World, before: EventTrackerRecord, after: EventTrackerRecord, index: number): World {
  if (after.generation === before.generation) return world;
  const { onlooker } = world;
  // A retry keeps the name, so its events belong to the request that it retries.
  const speaker = after.name === before.name ? (onlooker.requestOf.at(-1) ?? index) : index;
  const isDeletion = after.desired === 'ABSENT' && after.cleanup !== undefined;
  const isTwice = after.keys.filter(({ key }) => key === keyOfRequest(index).key).length > 1;
  return {
    ...world,
    onlooker: {
      ...onlooker,
      requestOf: [...onlooker.requestOf, speaker],
      promised: isDeletion ? onlooker.promised || before.generation : onlooker.promised,
      kept: after.desired === 'ABSENT' ? undefined : onlooker.kept,
    },
    broken: world.broken ?? (isTwice ? `request ${index} is accepted twice` : undefined),
  };
}

/** A replaced context stays replaced, even if an old request is sent again. */
function checkContext(world: World, before: EventTrackerRecord, after: EventTrackerRecord, index: number): World {
  const { onlooker } = world;
  const old = before.clientContext;
  if (old === undefined || old === after.clientContext) return world;
  const isRepeat = world.clients[index] === 'will repeat' && after.generation === before.generation;
  const isOld = isRepeat && onlooker.replaced.includes(after.clientContext ?? '');
  return {
    ...world,
    onlooker: { ...onlooker, replaced: [...onlooker.replaced.filter((other) => other !== old), old] },
    broken: world.broken ?? (isOld ? 'a repeated request brings an old context back' : undefined),
  };
}

/** From here on the foreign tracker may be deleted, because a request with `destroy` was accepted. */
function doomed(world: World, before: EventTrackerRecord, { ask }: Request): World {
  const adopted = before.adopted ? before.eventTrackerArn : before.missing?.adopted && before.missing.eventTrackerArn;
  if (ask !== 'destruction' || !adopted) return world;
  return {
    ...world,
    trackers: world.trackers.map((tracker) => (arnOf(tracker.id) === adopted ? { ...tracker, doomed: true } : tracker)),
  };
}
