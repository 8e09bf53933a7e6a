import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteEventTrackerCommand,
  InvalidInputException,
  LimitExceededException,
  PersonalizeServiceException,
  ResourceNotFoundException,
} from '@aws-sdk/client-personalize';
import { describe, expect, test, vi } from 'vitest';
import {
  ARN,
  addFault,
  createTracker,
  DEMO,
  describeTracker,
  errorOf,
  listTrackers,
  outcomes,
  passTime,
  personalize,
  putEvents,
  START,
  script,
  server,
  service,
  start,
  startForEachTest,
  stop,
} from './simulated-personalize.ts';

startForEachTest();

describe('faults', () => {
  test('throttle, server-error and access-denied: the call has no effect and fails with the AWS error', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'throttle', datasetGroupArn: DEMO });
    await addFault({ operation: 'CreateEventTracker', fault: 'server-error' });
    await addFault({ operation: 'CreateEventTracker', fault: 'access-denied' });
    const throttled = await errorOf(createTracker());
    expect(throttled).toBeInstanceOf(LimitExceededException);
    expect(throttled).toMatchObject({ name: 'LimitExceededException', $metadata: { httpStatusCode: 400 } });
    const failed = await errorOf(createTracker());
    expect(failed).toBeInstanceOf(PersonalizeServiceException);
    expect(failed).toMatchObject({ name: 'InternalServerException', $metadata: { httpStatusCode: 500 } });
    expect(await errorOf(createTracker())).toMatchObject({ name: 'AccessDeniedException' });
    expect(await listTrackers()).toEqual([]);
    await createTracker();
    expect(outcomes()).toEqual([
      'CreateEventTracker LimitExceededException',
      'CreateEventTracker InternalServerException',
      'CreateEventTracker AccessDeniedException',
      'ListEventTrackers OK',
      'CreateEventTracker OK',
    ]);
  });

  test('error: the call has no effect and fails with any name and status; garbled: it takes effect, but its answer is unreadable', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'error', error: 'ExpiredTokenException', status: 403 });
    await addFault({ operation: 'CreateEventTracker', fault: 'error', error: 'InvalidInputException' });
    expect(await errorOf(createTracker())).toMatchObject({
      name: 'ExpiredTokenException',
      $metadata: { httpStatusCode: 403 },
    });
    expect(await errorOf(createTracker())).toBeInstanceOf(InvalidInputException);
    expect(await listTrackers()).toEqual([]);
    await addFault({ operation: 'CreateEventTracker', fault: 'garbled' });
    expect(await errorOf(createTracker())).toMatchObject({ name: 'SyntaxError', $metadata: { httpStatusCode: 200 } });
    expect(await listTrackers()).toMatchObject([{ status: 'CREATE PENDING' }]);
    expect(outcomes()).toEqual([
      'CreateEventTracker ExpiredTokenException',
      'CreateEventTracker InvalidInputException',
      'ListEventTrackers OK',
      'CreateEventTracker garbled',
      'ListEventTrackers OK',
    ]);
  });

  test('lost-answer: the call takes effect, but the caller sees a cut connection or a 500', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'lost-answer' });
    await addFault({ operation: 'CreateEventTracker', fault: 'lost-answer', as: '500' });
    expect(await errorOf(createTracker())).toMatchObject({ code: 'ECONNRESET' });
    expect(await listTrackers()).toMatchObject([{ status: 'CREATE PENDING' }]);
    expect(await errorOf(createTracker())).toMatchObject({ $metadata: { httpStatusCode: 500 } });
    const { body } = await script('GET', 'calls');
    expect(body).toHaveProperty('calls.0', {
      time: '2025-01-01T00:00:00.000Z',
      operation: 'CreateEventTracker',
      parameters: { name: 'tracker', datasetGroupArn: DEMO },
      outcome: 'lost-answer',
      fault: 'lost-answer',
      act: 'OK',
    });
    expect(body).toHaveProperty('calls.2.act', 'ResourceAlreadyExistsException');
  });

  test('late-act: the caller sees a cut connection; the call takes effect after delayMs, even after a restart', async () => {
    await stop();
    const directory = mkdtempSync(join(tmpdir(), 'personalize-contract-'));
    await start({ directory });
    await addFault({ operation: 'CreateEventTracker', fault: 'late-act', delayMs: 5000 });
    expect(await errorOf(createTracker())).toMatchObject({ code: 'ECONNRESET' });
    expect(await listTrackers()).toEqual([]);
    await stop();
    await start({ directory });
    passTime(5000);
    expect(await listTrackers()).toMatchObject([{ creationDateTime: new Date(START + 5000) }]);
    expect(outcomes()).toEqual([
      'CreateEventTracker late-act',
      'ListEventTrackers OK',
      'CreateEventTracker late-act-landed',
      'ListEventTrackers OK',
    ]);
  });

  test('delay: the answer comes after delayMs; closing the service cuts the connection immediately', async () => {
    await addFault({ operation: 'ListEventTrackers', fault: 'delay', delayMs: 50 });
    const begun = performance.now();
    expect(await listTrackers()).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49);
    await addFault({ operation: 'CreateEventTracker', fault: 'delay', delayMs: 3_600_000 });
    const waiting = errorOf(createTracker());
    await vi.waitFor(() => expect(outcomes()).toContain('CreateEventTracker OK'), { interval: 1, timeout: 60_000 });
    service.close();
    expect(await waiting).toMatchObject({ code: 'ECONNRESET' });
    await server.close();
    await start();
  });

  test('create-failed and stuck: the tracker becomes CREATE FAILED, or stays in its first status', async () => {
    await addFault({ operation: 'CreateEventTracker', fault: 'create-failed' });
    const failing = await createTracker();
    passTime(8000);
    expect((await describeTracker(failing.eventTrackerArn)).eventTracker?.status).toBe('CREATE FAILED');
    await addFault({ operation: 'DeleteEventTracker', fault: 'stuck', datasetGroupArn: DEMO });
    await personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn: failing.eventTrackerArn }));
    passTime(1e9);
    expect((await describeTracker(failing.eventTrackerArn)).eventTracker?.status).toBe('DELETE IN_PROGRESS');
  });

  test('stale-list and stale-describe do not show a tracker that was just created', async () => {
    const { eventTrackerArn } = await createTracker();
    await addFault({ operation: 'ListEventTrackers', fault: 'stale-list' });
    await addFault({ operation: 'DescribeEventTracker', fault: 'stale-describe', delayMs: 1000 });
    expect(await listTrackers()).toEqual([]);
    expect(await errorOf(describeTracker(eventTrackerArn))).toBeInstanceOf(ResourceNotFoundException);
    expect(await listTrackers()).toHaveLength(1);
    expect((await describeTracker(eventTrackerArn)).eventTracker?.status).toBe('CREATE PENDING');
  });

  test('PutEvents can be throttled, or take effect and lose its answer', async () => {
    const { trackingId } = await createTracker();
    passTime(8000);
    await addFault({ operation: 'PutEvents', fault: 'throttle', datasetGroupArn: DEMO });
    await addFault({ operation: 'PutEvents', fault: 'lost-answer' });
    expect(await errorOf(putEvents(trackingId))).toMatchObject({ name: 'LimitExceededException' });
    expect(service.core.interactions()).toEqual({});
    expect(await errorOf(putEvents(trackingId))).toMatchObject({ code: 'ECONNRESET' });
    expect(service.core.interactions()).toMatchObject({
      [`${ARN}dataset/acme-shop/INTERACTIONS`]: [{ itemId: 'i-1' }],
    });
  });
});
