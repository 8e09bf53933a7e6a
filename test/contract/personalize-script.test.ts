import { describe, expect, test } from 'vitest';
import {
  addFault,
  createTracker,
  DEMO,
  errorOf,
  faultScript,
  listTrackers,
  script,
  service,
  startForEachTest,
} from './simulated-personalize.ts';

startForEachTest();

describe('the script', () => {
  const fault = { operation: 'CreateEventTracker', times: 2, fault: 'throttle' };

  test('timing can be read and partly changed', async () => {
    const whole = {
      createPendingMs: 2000,
      createInProgressMs: 6000,
      deletePendingMs: 1000,
      deleteInProgressMs: 2000,
      datasetGroupMs: 1000,
      datasetMs: 0,
    };
    expect((await script('GET', 'timing')).body).toEqual(whole);
    const set = await script('PUT', 'timing', { createPendingMs: 0, createInProgressMs: 5 });
    expect(set).toMatchObject({ status: 200, body: { ...whole, createPendingMs: 0, createInProgressMs: 5 } });
    expect((await script('GET', 'timing')).body).toEqual(set.body);
  });

  test('faults are used in order, listed with their remaining count, and can be cleared', async () => {
    const other = { ...fault, fault: 'access-denied', times: 1 };
    await addFault(fault);
    await addFault(other);
    await errorOf(createTracker());
    const service = 'personalize';
    expect((await faultScript('GET')).body).toEqual({
      faults: [
        { service, ...fault, times: 1 },
        { service, ...other },
      ],
    });
    expect(await faultScript('DELETE')).toMatchObject({ status: 200, body: { faults: [] } });
    await createTracker();
  });

  test('calls are listed in order and can be cleared', async () => {
    await createTracker();
    await listTrackers();
    expect((await script('GET', 'calls')).body).toMatchObject({
      calls: [
        { operation: 'CreateEventTracker', outcome: 'OK' },
        { operation: 'ListEventTrackers', outcome: 'OK', parameters: { datasetGroupArn: DEMO } },
      ],
    });
    expect((await script('DELETE', 'calls')).body).toEqual({ calls: [] });
    expect((await script('GET', 'calls')).body).toEqual({ calls: [] });
  });

  test.each([
    ['an unknown operation', { ...fault, operation: 'CreateTracker' }, 'operation: must be one of CreateEventTracker,'],
    ['no operation', { ...fault, operation: undefined }, 'operation: must be one of'],
    ['an unknown fault', { ...fault, fault: 'explode' }, 'fault: must be one of throttle, server-error'],
    ['an unknown field', { ...fault, delay: 1 }, '"delay"'],
    ['times 0', { ...fault, times: 0 }, 'times: '],
    ['a fractional count', { ...fault, times: 0.5 }, 'times: '],
    ['delay without delayMs', { ...fault, fault: 'delay' }, 'delayMs: is required for delay'],
    ['late-act without delayMs', { ...fault, fault: 'late-act' }, 'delayMs: is required for late-act'],
    [
      'afterNextCall for delay',
      { ...fault, fault: 'delay', delayMs: 1, afterNextCall: true },
      'afterNextCall: is only for late-act',
    ],
    [
      'afterNextCall with delayMs',
      { ...fault, fault: 'late-act', delayMs: 1, afterNextCall: true },
      'afterNextCall: is not allowed together with delayMs',
    ],
    ['afterNextCall false', { ...fault, fault: 'late-act', afterNextCall: false }, 'afterNextCall: must be true'],
    ['a negative delayMs', { ...fault, fault: 'delay', delayMs: -1 }, 'delayMs: '],
    ['delayMs for throttle', { ...fault, delayMs: 1 }, 'delayMs: is not allowed for throttle'],
    ['as for throttle', { ...fault, as: '500' }, 'as: is only for lost-answer'],
    ['error without its name', { ...fault, fault: 'error' }, 'error: is required for error'],
    ['an invalid error name', { ...fault, fault: 'error', error: 'a b' }, 'error: must be the name of an AWS error'],
    ['a name for throttle', { ...fault, error: 'X' }, 'error: is only for the fault error'],
    ['a status for throttle', { ...fault, status: 400 }, 'status: is only for the fault error'],
    ['a status of success', { ...fault, fault: 'error', error: 'X', status: 200 }, 'status: '],
    ['an unknown value of as', { ...fault, fault: 'lost-answer', as: '404' }, 'as: must be one of cut, 500'],
    ['a dataset group that is not an ARN', { ...fault, datasetGroupArn: 'acme' }, 'datasetGroupArn: '],
    [
      'a dataset group for an operation that has none',
      { ...fault, operation: 'ListSchemas', datasetGroupArn: DEMO },
      'datasetGroupArn: is not allowed for ListSchemas',
    ],
    [
      'late-act for a read',
      { ...fault, operation: 'ListEventTrackers', fault: 'late-act', delayMs: 1 },
      'fault: late-act is only for CreateEventTracker,',
    ],
    [
      'stuck for a list',
      { ...fault, operation: 'ListEventTrackers', fault: 'stuck' },
      'fault: stuck is only for CreateEventTracker, DeleteEventTracker, CreateDatasetGroup, CreateDataset',
    ],
    ['stale-list for a create', { ...fault, fault: 'stale-list' }, 'fault: stale-list is only for ListEventTrackers'],
    ['invalid JSON', '{', 'The body is not valid JSON.'],
    ['a list', '[]', 'must be an object'],
  ])('%s is a 400 that names the rule', async (_, body, message) => {
    const answer = await faultScript('POST', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
    expect(service.core.faults()).toEqual([]);
  });

  test.each([
    [{ createPendingMs: -1 }, 'createPendingMs: '],
    [{ createPendingMs: '5' }, 'createPendingMs: '],
    [{ datasetGroupMs: 1e12 }, 'datasetGroupMs: '],
    [{ createMs: 1 }, '"createMs"'],
  ])('timing of %j is a 400 that names the field', async (body, message) => {
    const answer = await script('PUT', 'timing', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
  });

  test('the quota can be read, changed and removed', async () => {
    expect((await script('GET', 'quotas')).body).toEqual({ datasetGroups: null });
    const set = await script('PUT', 'quotas', { datasetGroups: 5 });
    expect(set).toMatchObject({ status: 200, body: { datasetGroups: 5 } });
    await script('PUT', 'quotas', {});
    expect((await script('GET', 'quotas')).body).toEqual({ datasetGroups: 5 });
    await script('PUT', 'quotas', { datasetGroups: null });
    expect((await script('GET', 'quotas')).body).toEqual({ datasetGroups: null });
  });

  test.each([
    [{ datasetGroups: 0 }, 'datasetGroups: must be at least 1'],
    [{ datasetGroups: '5' }, 'datasetGroups: must be'],
    [{ groups: 1 }, '"groups"'],
  ])('quotas of %j are a 400 that names the field', async (body, message) => {
    const answer = await script('PUT', 'quotas', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
  });

  test('a wrong method is a 405 that lists the allowed ones; an unknown path is a 404', async () => {
    expect(await script('PATCH', 'timing')).toMatchObject({ status: 405, allow: 'GET, PUT' });
    expect(await faultScript('PUT', fault)).toMatchObject({ status: 405, allow: 'GET, POST, DELETE' });
    expect(await script('GET', 'nothing')).toMatchObject({ status: 404, body: { message: expect.any(String) } });
    expect(await script('GET', 'constructor')).toMatchObject({ status: 404 });
  });
});
