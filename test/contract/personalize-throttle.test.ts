import { ListDatasetGroupsCommand, ListSchemasCommand } from '@aws-sdk/client-personalize';
import { describe, expect, test } from 'vitest';
import { newDirectory } from '../unit/personalize/simulation.ts';
import {
  createTracker,
  errorOf,
  outcomes,
  passTime,
  personalize,
  putEvents,
  script,
  start,
  startForEachTest,
  stop,
} from './simulated-personalize.ts';

startForEachTest();

const throttle = { operations: '*', ratePerSecond: 2, burst: 3, shared: false };
const outcomeOf = async (call: Promise<unknown>): Promise<string> => {
  const error = await errorOf(call);
  return error instanceof Error ? error.name : 'OK';
};
const listGroups = () => outcomeOf(personalize.send(new ListDatasetGroupsCommand({})));
const listSchemas = () => outcomeOf(personalize.send(new ListSchemasCommand({})));
const times = async (count: number, call: () => Promise<string>): Promise<string[]> => {
  const all: string[] = [];
  for (let n = 0; n < count; n += 1) all.push(await call());
  return all;
};
const THROTTLED = 'ThrottlingException';

describe('the throttle', () => {
  test('is off at first, can be set, replaced and removed', async () => {
    expect(await script('GET', 'throttle')).toMatchObject({ status: 200, body: { throttle: null } });
    expect(await script('PUT', 'throttle', throttle)).toMatchObject({ status: 200, body: { throttle } });
    const other = { operations: ['ListSchemas'], ratePerSecond: 0.5, burst: 1, shared: true };
    await script('PUT', 'throttle', other);
    expect((await script('GET', 'throttle')).body).toEqual({ throttle: other });
    expect(await script('DELETE', 'throttle')).toMatchObject({ status: 200, body: { throttle: null } });
    expect((await script('GET', 'throttle')).body).toEqual({ throttle: null });
    expect(await times(20, listSchemas)).toEqual(Array(20).fill('OK'));
  });

  test('accepts a burst, then calls at its rate; a throttled call is a ThrottlingException with status 400', async () => {
    await script('PUT', 'throttle', throttle);
    expect(await times(5, listGroups)).toEqual(['OK', 'OK', 'OK', THROTTLED, THROTTLED]);
    passTime(499);
    expect(await listGroups()).toBe(THROTTLED);
    passTime(1);
    expect(await times(2, listGroups)).toEqual(['OK', THROTTLED]);
    passTime(3_600_000);
    expect(await times(4, listGroups)).toEqual(['OK', 'OK', 'OK', THROTTLED]);
    expect(await errorOf(personalize.send(new ListDatasetGroupsCommand({})))).toMatchObject({
      name: THROTTLED,
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('has a bucket for each operation, or one that all share', async () => {
    await script('PUT', 'throttle', { ...throttle, burst: 2 });
    const each = async () => [...(await times(2, listGroups)), ...(await times(2, listSchemas)), await listSchemas()];
    expect(await each()).toEqual(['OK', 'OK', 'OK', 'OK', THROTTLED]);
    await script('PUT', 'throttle', { ...throttle, burst: 2, shared: true });
    expect(await each()).toEqual(['OK', 'OK', THROTTLED, THROTTLED, THROTTLED]);
  });

  test('concerns the operations that it names only', async () => {
    const operations = ['ListSchemas', 'CreateEventTracker'];
    await script('PUT', 'throttle', { ...throttle, operations, burst: 1, shared: true });
    expect(await times(2, listSchemas)).toEqual(['OK', THROTTLED]);
    expect(await times(5, listGroups)).toEqual(Array(5).fill('OK'));
    expect(await outcomeOf(createTracker())).toBe(THROTTLED);
  });

  test('a throttled call has no effect, and is in the list of calls', async () => {
    await script('PUT', 'throttle', { ...throttle, operations: ['CreateEventTracker'], burst: 1 });
    const { trackingId } = await createTracker();
    expect(await outcomeOf(createTracker())).toBe(THROTTLED);
    passTime(500);
    expect(await outcomeOf(createTracker())).toBe('ResourceAlreadyExistsException');
    expect(outcomes()).toEqual([
      'CreateEventTracker OK',
      `CreateEventTracker ${THROTTLED}`,
      'CreateEventTracker ResourceAlreadyExistsException',
    ]);
    passTime(10_000);
    // "*" is the control plane.
    await script('PUT', 'throttle', { ...throttle, burst: 1, shared: true });
    expect(await times(2, () => outcomeOf(putEvents(trackingId)))).toEqual(['OK', 'OK']);
  });

  test('is one of each account and Region', async () => {
    await script('PUT', 'throttle?accountId=210987654321', throttle);
    expect((await script('GET', 'throttle')).body).toEqual({ throttle: null });
    expect((await script('GET', 'throttle?accountId=210987654321')).body).toEqual({ throttle });
    expect((await script('GET', 'throttle?accountId=210987654321&region=eu-west-1')).body).toEqual({ throttle: null });
  });

  test('survives a restart', async () => {
    const directory = newDirectory();
    await stop();
    await start({ directory });
    await script('PUT', 'throttle', throttle);
    await stop();
    await start({ directory });
    expect((await script('GET', 'throttle')).body).toEqual({ throttle });
    await script('DELETE', 'throttle');
    await stop();
    await start({ directory });
    expect((await script('GET', 'throttle')).body).toEqual({ throttle: null });
  });

  test.each([
    [{ ...throttle, operations: undefined }, 'operations: must be "*" or a list: each name must be one of Create'],
    [{ ...throttle, operations: [] }, 'operations: must not be empty'],
    [{ ...throttle, operations: 'ListSchemas' }, 'operations: must be "*" or a list'],
    [{ ...throttle, operations: ['ListSchemas', 'List'] }, 'operations: must be "*" or a list'],
    [{ ...throttle, ratePerSecond: 0 }, 'ratePerSecond: must be greater than 0'],
    [{ ...throttle, ratePerSecond: 1e7 }, 'ratePerSecond: must be at most 1000000'],
    [{ ...throttle, ratePerSecond: '5' }, 'ratePerSecond: must be a number'],
    [{ ...throttle, burst: 0 }, 'burst: must be at least 1'],
    [{ ...throttle, burst: 1.5 }, 'burst: must be a whole number'],
    [{ ...throttle, burst: undefined }, 'burst: '],
    [{ ...throttle, shared: 'yes' }, 'shared: must be '],
    [{ ...throttle, rate: 5 }, '"rate"'],
    ['[]', 'must be an object'],
    ['{', 'The body is not valid JSON.'],
  ])('of %j is a 400 that names the field and the rule', async (body, message) => {
    const answer = await script('PUT', 'throttle', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
    expect((await script('GET', 'throttle')).body).toEqual({ throttle: null });
  });
});
