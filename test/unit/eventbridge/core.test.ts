import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { BoundedLog } from '../../../infra/local/bounded-log.ts';
import { EventBridge } from '../../../infra/local/eventbridge/core.ts';
import { entrySize, eventOf } from '../../../infra/local/eventbridge/event.ts';
import { inputFor } from '../../../infra/local/eventbridge/target-input.ts';

const clock = () => Date.UTC(2026, 0, 1, 0, 0, 0, 999);
const entry = { Source: 's', DetailType: 'd', Detail: '{"n":[{"m":1}]}' };
const event = (id: string) => {
  const made = eventOf(entry, id, clock);
  if ('ErrorCode' in made) throw new Error(made.ErrorMessage);
  return made;
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'eventbridge-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the log', () => {
  test('keeps the last events, and never reuses a counter, even after a restart', () => {
    const path = join(directory, 'events.jsonl');
    const log = new BoundedLog(path, 3, z.object({ id: z.string() }));
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => log.append(event(id)))).toEqual([1, 2, 3, 4, 5]);
    log.close();

    const again = new BoundedLog(path, 3, z.object({ id: z.string() }));
    expect([again.first, again.last]).toEqual([3, 5]);
    expect(again.get(2)).toBeUndefined();
    expect(again.get(3)).toEqual(event('c'));
    expect(again.append(event('f'))).toBe(6);
    again.close();
  });
});

describe('an entry', () => {
  test('has the size that AWS calculates', () => {
    expect(entrySize({ Source: 'ü', DetailType: 'ab', Detail: '{}', Time: 1, Resources: ['abc', 'd'] })).toBe(24);
  });

  test('without a time gets the time of the call, in whole seconds', () => {
    expect(event('1').time).toBe('2026-01-01T00:00:00Z');
    expect(eventOf({ ...entry, Time: 1e12 }, '1', clock)).toMatchObject({ ErrorCode: 'InvalidArgument' });
  });

  test('that is nested too deep is malformed', () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    expect(eventOf({ ...entry, Detail: deep }, '1', clock)).toMatchObject({ ErrorCode: 'MalformedDetail' });
  });
});

describe('the input of a target', () => {
  test.each([
    [{}, event('1')],
    [{ InputPath: '$' }, event('1')],
    [{ InputPath: '$.detail.n[0].m' }, 1],
    [{ InputPath: "$['detail-type']" }, 'd'],
    [{ InputPath: '$.detail-type' }, 'd'],
    [{ InputPath: '$.nowhere.at.all' }, null],
    [{ Input: '"text"' }, 'text'],
  ])('%j', (target, expected) => {
    expect(inputFor(target, event('1'))).toEqual(expected);
  });
});

describe('deliveries', () => {
  test('start after PutEvents has returned', async () => {
    const steps: string[] = [];
    const core = new EventBridge({
      clock,
      deliver: async () => {
        steps.push('delivered');
      },
    });
    core.rules.put({ bus: 'default', name: 'r', pattern: '{"source":["s"]}', state: 'ENABLED' });
    core.rules.putTargets('default', 'r', [{ Id: '1', Arn: 'arn:aws:sqs:::q' }]);
    core.putEvents([entry]);
    await Promise.resolve();
    steps.push('answered');
    await new Promise(setImmediate);
    expect(steps).toEqual(['answered', 'delivered']);
  });

  test('that fail are counted, and the last 1000 are kept', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const core = new EventBridge({ clock, retryDelaysMs: [], deliver: () => Promise.reject(new Error('no')) });
    core.rules.put({ bus: 'default', name: 'r', pattern: '{"source":["s"]}', state: 'ENABLED' });
    core.rules.putTargets('default', 'r', [{ Id: '1', Arn: 'arn:aws:sqs:::q' }]);
    core.putEvents(Array.from({ length: 1001 }, () => entry));
    await vi.waitFor(() => expect(core.failedInvocations().count).toBe(1001), 60_000);
    expect(core.failedInvocations().failedInvocations).toHaveLength(1000);
    warn.mockRestore();
  });
});
