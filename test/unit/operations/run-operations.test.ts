import { describe, expect, test } from 'vitest';
import { type OperationDependencies, runOperations } from '../../../functions/operations/run-operations.ts';
import { apply } from '../../../functions/tracker/apply.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { accessDenied } from '../../../functions/tracker/failures.ts';
import { operationIdOf, trackerIdOf } from '../../../functions/tracker/identity.ts';
import { canceled, inTurns, newOperation, type RetryFilter } from '../../../functions/tracker/operation.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { isRejected } from '../../../functions/tracker/transition.ts';
import { MemoryOperations } from '../../world/memory-operations.ts';
import { MemoryStatusIndex, MemoryStore } from '../../world/memory-store.ts';

const START = Date.UTC(2026, 10, 29);
const DENIED = accessDenied({ operation: 'CreateEventTracker' });
const FAILED = { status: 'CREATE FAILED', observedGeneration: 1, failure: DENIED } as const;

/** What dies: the process, after its n-th write. */
class Killed extends Error {}

function world({ pace = 60 } = {}) {
  let time = START;
  let failures = 0;
  const store = new MemoryStore();
  const operations = new MemoryOperations();
  const started: { trackerId: string; at: number }[] = [];
  const lines: Record<string, unknown>[] = [];
  const line = (message: string, facts: object) => void lines.push({ message, ...facts });
  const log = {
    info: line,
    warn: line,
    error: (message: string, error: unknown, facts: object) => line(message, { error, ...facts }),
  };
  const tools: OperationDependencies = {
    store,
    operations,
    statusIndex: new MemoryStatusIndex(store),
    workflow: { start: async ({ trackerId }) => void started.push({ trackerId, at: time }) },
    settings: AWS_SETTINGS,
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
    retriesPerMinute: pace,
    intervalMs: 60_000,
    log,
    logStartFailure: () => {},
  };
  return {
    tools,
    store,
    operations,
    started,
    lines,
    pass(ms: number) {
      time += ms;
    },
    run: (event: object = {}) => runOperations(tools, event),
    async failed(tenant: string, count: number, changes: Partial<EventTrackerRecord> = {}) {
      const ids: string[] = [];
      for (let n = 0; n < count; n++) {
        const datasetGroupArn = `arn:aws:personalize:us-east-1:123456789012:dataset-group/${tenant}-${n}`;
        const trackerId = trackerIdOf(datasetGroupArn);
        const asked = { trackerId, datasetGroupArn, name: 'shop', tags: [], tenantId: tenant, adoptExisting: false };
        const request = { ...asked, correlationId: 'c', key: { key: 'k', body: 'b' } };
        const at = START - 60_000 + failures++;
        await store.create({ ...createRecord(request, at, AWS_SETTINGS), ...FAILED, ...changes });
        ids.push(trackerId);
      }
      return ids;
    },
    async ask(filter: Partial<RetryFilter> = {}, key = 'one') {
      const wanted = { failureCodes: ['ACCESS_DENIED'], limit: 10_000, ...filter };
      const operationId = operationIdOf(key);
      await operations.create(
        newOperation({ operationId, filter: wanted, requestHash: 'h', correlationId: 'c' }, time),
      );
      return operationId;
    },
    /** Runs, one minute after the other, until the operation has ended. */
    async untilEnded(operationId: string) {
      for (let minutes = 0; minutes < 1000; minutes++) {
        const operation = operations.all.get(operationId);
        if (operation && !['PENDING', 'RUNNING'].includes(operation.status)) return operation;
        await runOperations(tools, {});
        time = START + (Math.floor((time - START) / 60_000) + 1) * 60_000;
      }
      throw new Error('the operation does not end');
    },
    generationOf: (trackerId: string) => store.records.get(trackerId)?.generation,
  };
}

/** The record after a retry that failed in the same way. */
function failAgain(record: EventTrackerRecord): EventTrackerRecord {
  return { ...record, ...FAILED, observedGeneration: record.generation };
}

describe('an operation', () => {
  test('that cannot be written at the end of a run holds up no other, and fails no run', async () => {
    const it = world({ pace: 2 });
    await it.failed('acme', 9);
    const [first, second] = [await it.ask({}, 'one'), await it.ask({}, 'two')];
    const save = it.operations.save.bind(it.operations);
    const isReleased = (operationId: string) => (it.operations.all.get(operationId)?.dueAt ?? 0) <= it.tools.now();
    it.operations.save = async (before, after) => {
      if (before.operationId === first && after.dueAt === it.tools.now()) throw new Error('no answer');
      return save(before, after);
    };
    expect(await it.run()).toMatchObject({ found: 2, retried: 2, failed: 1 });
    expect([first, second].map(isReleased)).toEqual([false, true]);
  });

  test('retries what matches, each once, and completes', async () => {
    const it = world();
    const ids = await it.failed('acme', 3);
    const other = await it.failed('umbrella', 1, { failure: { ...DENIED, code: 'CONFLICT' } });
    const ended = await it.untilEnded(await it.ask());
    expect(ended).toMatchObject({ status: 'COMPLETED', matched: 3, next: 3, retried: 3, skipped: 0, failed: 0 });
    expect(ids.map(it.generationOf)).toEqual([2, 2, 2]);
    expect(other.map(it.generationOf)).toEqual([1]);
    expect(it.started.map(({ trackerId }) => trackerId)).toEqual(ids);
    expect(it.lines).toContainEqual(expect.objectContaining({ message: 'an operation ended', retried: 3 }));
  });

  test.each([
    ['tenants', { tenants: ['umbrella'] }, [0, 2]],
    ['since', { since: START - 60_000 + 1 }, [1, 2]],
    ['limit', { limit: 3 }, [2, 1]],
  ])('honors %s', async (_, filter, expected) => {
    const it = world();
    const [acme, umbrella] = [await it.failed('acme', 2), await it.failed('umbrella', 2)];
    await it.untilEnded(await it.ask(filter));
    const retried = (ids: string[]) => ids.filter((id) => it.generationOf(id) === 2).length;
    expect([retried(acme), retried(umbrella)]).toEqual(expected);
  });

  test('that matches nothing is complete immediately', async () => {
    const it = world();
    expect(await it.untilEnded(await it.ask())).toMatchObject({ status: 'COMPLETED', matched: 0 });
  });

  test('keeps the pace, also together with another one, and spreads it over the minute', async () => {
    const it = world({ pace: 10 });
    await it.failed('acme', 25);
    await it.ask({}, 'one');
    await it.untilEnded(await it.ask({ tenants: ['acme'] }, 'two'));
    for (let minute = 0; minute < 3; minute++) {
      const within = it.started.filter(({ at }) => Math.floor((at - START) / 60_000) === minute);
      expect(within.length).toBeLessThanOrEqual(10);
    }
    const [first, second] = it.started;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(5000);
    // Overlapping operations are harmless: each tracker was retried once.
    expect([...it.store.records.values()].map(({ generation }) => generation)).toEqual(Array(25).fill(2));
    const [one, two] = [...it.operations.all.values()];
    expect((one?.retried ?? 0) + (two?.retried ?? 0)).toBe(25);
  });

  test('takes the tenants in turn', async () => {
    const it = world();
    await it.failed('acme', 30);
    const small = await it.failed('umbrella', 2);
    await it.untilEnded(await it.ask());
    const places = it.started.map(({ trackerId }) => trackerId);
    expect(small.map((id) => places.indexOf(id))).toEqual([1, 3]);
    expect(inTurns([]).length).toBe(0);
  });

  test('skips what somebody else retried, deleted or requested again, even if that has failed in the same way', async () => {
    const it = world({ pace: 1 });
    const [first = '', retried = '', deleted = '', again = ''] = await it.failed('acme', 4);
    const operationId = await it.ask();
    await it.run();
    expect(it.generationOf(first)).toBe(2);
    const change = (id: string, verb: 'requestRetry' | 'requestDelete') => {
      const record = it.store.records.get(id);
      if (record === undefined) throw new Error('not there');
      const by = { now: START + 1000, key: { key: id, body: id }, correlationId: 'c', destroy: false };
      const after = apply(verb, record, by, AWS_SETTINGS);
      if (isRejected(after)) throw new Error(after.rejected);
      it.store.records.set(id, after);
      return after;
    };
    change(retried, 'requestRetry');
    change(deleted, 'requestDelete');
    it.store.records.set(again, failAgain(change(again, 'requestRetry')));
    expect(await it.untilEnded(operationId)).toMatchObject({ status: 'COMPLETED', retried: 1, skipped: 3 });
    expect([retried, deleted, again].map(it.generationOf)).toEqual([2, 2, 2]);
  });

  test('reports a tracker whose record has no room for another outcome', async () => {
    const it = world();
    const [full = ''] = await it.failed('acme', 1, {
      callbacks: Array.from({ length: 40 }, (_, n) => ({ taskToken: `${n}` })),
    });
    const ended = await it.untilEnded(await it.ask());
    expect(ended).toMatchObject({ retried: 0, failed: 1, failures: [{ trackerId: full, reason: 'NO_ROOM' }] });
  });

  test('stops when it is canceled, and counts the retry that was in progress', async () => {
    const it = world();
    await it.failed('acme', 5);
    const operationId = await it.ask();
    const save = it.store.save.bind(it.store);
    it.store.save = async (before, after) => {
      const saved = await save(before, after);
      const operation = it.operations.all.get(operationId);
      if (operation && operation.next === 1) {
        it.operations.all.set(operationId, { ...canceled(operation, START), revision: operation.revision + 1 });
      }
      return saved;
    };
    await it.run();
    expect(it.operations.all.get(operationId)).toMatchObject({ status: 'CANCELED', retried: 2, next: 2 });
    await it.run();
    expect(it.started).toHaveLength(2);
  });

  test('an error of the store ends its turn, and the next run continues where it was', async () => {
    const it = world();
    const ids = await it.failed('acme', 3);
    const operationId = await it.ask();
    const { read } = it.store;
    let fails = true;
    it.store.read = async (id) => {
      if (id === ids[1] && fails) throw new Error('the table does not answer');
      return read.call(it.store, id);
    };
    expect(await it.run()).toMatchObject({ retried: 1, failed: 1 });
    expect(it.lines).toContainEqual(
      expect.objectContaining({ message: 'an operation could not be continued', operationId }),
    );
    fails = false;
    it.pass(3 * 60_000);
    expect(await it.untilEnded(operationId)).toMatchObject({ retried: 3 });
  });
});

describe('a process that dies', () => {
  /** Every write of the run; the run dies after the n-th one. */
  function killAfter(it: ReturnType<typeof world>, writes: number) {
    let left = writes;
    const dying =
      <Arguments extends unknown[], Result>(method: (...args: Arguments) => Promise<Result>) =>
      async (...args: Arguments): Promise<Result> => {
        if (left <= 0) throw new Killed();
        const result = await method(...args);
        left--;
        if (left <= 0) throw new Killed();
        return result;
      };
    const { store, operations } = it;
    const dead: OperationDependencies = {
      ...it.tools,
      store: Object.assign(Object.create(store), { save: dying(store.save.bind(store)) }),
      operations: Object.assign(Object.create(operations), {
        save: dying(operations.save.bind(operations)),
        writePlan: dying(operations.writePlan.bind(operations)),
      }),
    };
    return dead;
  }

  test.each(Array.from({ length: 12 }, (_, n) => n + 1))(
    'after its write %d: the next run retries each tracker exactly once, and counts it once',
    async (writes) => {
      const it = world();
      const ids = await it.failed('acme', 3);
      const operationId = await it.ask();
      // An error in one operation is caught and logged: what is written after the death is lost.
      await runOperations(killAfter(it, writes), {}).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      // What was retried before the death fails again: the operation must not retry it a second time.
      for (const [id, record] of it.store.records) it.store.records.set(id, failAgain(record));
      it.pass(3 * 60_000);
      const ended = await it.untilEnded(operationId);
      expect(ended).toMatchObject({ status: 'COMPLETED', matched: 3, retried: 3, skipped: 0, failed: 0 });
      expect(ids.map(it.generationOf)).toEqual([2, 2, 2]);
    },
  );
});
