import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEventBusGateway } from '../../functions/gateways/event-bus.ts';
import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { createDriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { createPersonalizeEventsGateway } from '../../functions/gateways/personalize-events.ts';
import { createTaskCallbackGateway } from '../../functions/gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway } from '../../functions/gateways/task-heartbeats.ts';
import { createWorkflowGateway } from '../../functions/gateways/workflow.ts';
import { AwsError, CUT, errorAnswer, jsonAnswer, type WireResponse } from '../../infra/local/wire.ts';
import { serve } from './serve.ts';

/** Every gateway, with its real SDK client, against a service that returns the answers scripted by the test. */
const ARN = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/one';
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const TOKEN = 'a-task-token-that-is-a-secret';
const TRACKING_ID = 'a-tracking-id-that-is-a-secret';

const never: WireResponse = jsonAnswer({});
let answers: (WireResponse | 'late')[] = [];
let server: Awaited<ReturnType<typeof serve>>;
let late: PromiseWithResolvers<WireResponse>;

beforeAll(async () => {
  server = await serve(async () => {
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next === 'late' ? late.promise : (next ?? never);
  });
});
beforeEach(() => {
  late = Promise.withResolvers();
});
afterAll(async () => {
  late.resolve(CUT);
  await server.close();
});

const client = () => ({
  endpoint: server.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
  // Short only if the test withholds the answer; on a busy machine, any other answer may take long.
  requestHandler: { requestTimeout: answers.includes('late') ? 50 : 20_000, throwOnRequestTimeout: true },
});

/** The calls of each gateway. Each resolves to the kind of its result. */
const GATEWAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  'personalize, describe': () => createPersonalizeGateway(new PersonalizeClient(client()), 'test').describe(ARN),
  'personalize, list': () => createPersonalizeGateway(new PersonalizeClient(client()), 'test').list(GROUP, 'et-1'),
  'personalize, describeDatasetGroup': async () =>
    (await createPersonalizeGateway(new PersonalizeClient(client()), 'test').describeDatasetGroup(GROUP)).kind,
  'personalize, create': async () =>
    (
      await createPersonalizeGateway(new PersonalizeClient(client()), 'test').create({
        name: 'shop',
        datasetGroupArn: GROUP,
        tags: [],
        trackerId: 'et-1',
      })
    ).kind,
  'personalize, delete': () => createPersonalizeGateway(new PersonalizeClient(client()), 'test').delete(ARN),
  'personalize-drift, listAll': () => createDriftGateway(new PersonalizeClient(client()), 'test').listAll(),
  'personalize-drift, listOfGroup': () =>
    createDriftGateway(new PersonalizeClient(client()), 'test').listOfGroup(GROUP),
  'personalize-drift, describe': () => createDriftGateway(new PersonalizeClient(client()), 'test').describe(ARN),
  'personalize-drift, readTags': () =>
    createDriftGateway(new PersonalizeClient(client()), 'test').readTags(ARN, 'et-1'),
  'personalize-events': async () => {
    const gateway = createPersonalizeEventsGateway(new PersonalizeEventsClient(client()));
    const events = [{ eventType: 'click', sentAt: new Date(0) }];
    return (await gateway.put({ trackingId: TRACKING_ID, sessionId: 's', events })).kind;
  },
  'event-bus': async () => {
    const event = { id: 'et-1-1', at: 0, detailType: 'Event Tracker State Change', detail: {} };
    const { taken, refused } = await createEventBusGateway(new EventBridgeClient(client()), 'bus').put([event]);
    expect([taken.length, refused.map(({ id }) => id)]).toEqual([0, ['et-1-1']]);
    return refused[0]?.error;
  },
  'task-callbacks': async () => {
    const due = { kind: 'callback', id: 'et-1-1-1-0', at: 0, status: 'ACTIVE', taskToken: TOKEN } as const;
    const answered = await createTaskCallbackGateway(new SFNClient(client())).answer('et-1', due);
    return answered === 'delivered' ? answered : answered.error;
  },
  'task-heartbeats': async () => {
    const answered = await createTaskHeartbeatGateway(new SFNClient(client())).send(TOKEN);
    return typeof answered === 'string' ? answered : answered.error;
  },
};

async function wordFor(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    expect(error.message).not.toMatch(/secret/);
    return error.name;
  }
}

type Word = 'ThrottledError' | 'UnknownOutcomeError' | 'AccessDeniedError';
/** Gateways that return a result where the others throw an error. */
const OWN_WORDS: Readonly<Record<string, Readonly<Record<Word, string>>>> = {
  'personalize, create': { ThrottledError: 'throttled', UnknownOutcomeError: 'unknown', AccessDeniedError: 'denied' },
  'personalize-events': { ThrottledError: 'throttled', UnknownOutcomeError: 'unknown', AccessDeniedError: 'denied' },
};

const error = (name: string, status = 400) => errorAnswer(new AwsError(name, `about ${TOKEN} ${TRACKING_ID}`, status));
const bare = (status: number, body = '', headers: Record<string, string> = {}): WireResponse => ({
  status,
  headers,
  body,
});
const HTML = '<html><body>Blocked by a proxy</body></html>';
const html = (status: number) => bare(status, HTML, { 'content-type': 'text/html' });

const ANSWERS: readonly (readonly [string, WireResponse | 'late', Word])[] = [
  ['ThrottledException', error('ThrottledException'), 'ThrottledError'],
  ['ThrottlingException', error('ThrottlingException'), 'ThrottledError'],
  ['LimitExceededException', error('LimitExceededException'), 'ThrottledError'],
  ['TooManyRequestsException with 429', error('TooManyRequestsException', 429), 'ThrottledError'],
  ['429 without a body', bare(429), 'ThrottledError'],
  ['408 without a body', bare(408), 'UnknownOutcomeError'],
  ['InternalServerException with 500', error('InternalServerException', 500), 'UnknownOutcomeError'],
  ['500 without a body', bare(500), 'UnknownOutcomeError'],
  ["502, a proxy's page", html(502), 'UnknownOutcomeError'],
  ['503 without a body', bare(503), 'UnknownOutcomeError'],
  ["403, a proxy's page", html(403), 'UnknownOutcomeError'],
  ['400 without a body', bare(400), 'UnknownOutcomeError'],
  ['a 200 that ends too early', bare(200, '{"eventTracker": {'), 'UnknownOutcomeError'],
  ["a 200, a proxy's page", html(200), 'UnknownOutcomeError'],
  [
    'a body shorter than its Content-Length',
    bare(200, '{"a":', { 'content-length': '1000', connection: 'close' }),
    'UnknownOutcomeError',
  ],
  ['a connection that is cut', CUT, 'UnknownOutcomeError'],
  ['no answer in time', 'late', 'UnknownOutcomeError'],
  ['ExpiredTokenException', error('ExpiredTokenException', 403), 'UnknownOutcomeError'],
  ['UnrecognizedClientException', error('UnrecognizedClientException'), 'UnknownOutcomeError'],
  ['InvalidSignatureException', error('InvalidSignatureException', 403), 'UnknownOutcomeError'],
  ['an error that the SDK does not model', error('SomethingNewException'), 'UnknownOutcomeError'],
  ['AccessDeniedException', error('AccessDeniedException'), 'AccessDeniedError'],
];

describe.each(Object.entries(GATEWAYS))('%s', (gateway, act) => {
  test.each(ANSWERS)('%s', async (_, answer, word) => {
    answers = [answer];
    // PutEvents of Personalize returns no body, so any 200 is a success.
    const isTaken = gateway === 'personalize-events' && typeof answer === 'object' && answer.status === 200;
    const isWhole = isTaken && !('content-length' in answer.headers);
    expect(await wordFor(act)).toBe(isWhole ? 'taken' : (OWN_WORDS[gateway]?.[word] ?? word));
  });
});

test('a refused connection is an unknown outcome for every gateway', async () => {
  const nobody = await serve(async () => never);
  await nobody.close();
  const { url } = server;
  server = { ...server, url: nobody.url };
  for (const [gateway, act] of Object.entries(GATEWAYS)) {
    expect([gateway, await wordFor(act)]).toEqual([
      gateway,
      OWN_WORDS[gateway]?.UnknownOutcomeError ?? 'UnknownOutcomeError',
    ]);
  }
  server = { ...server, url };
});

describe('an error that the API model lists for the call', () => {
  test.each([
    ['personalize, describe', 'ResourceNotFoundException', 'NOT_FOUND'],
    ['personalize, describe', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize, list', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize, list', 'InvalidNextTokenException', 'UnknownOutcomeError'],
    ['personalize, describeDatasetGroup', 'ResourceNotFoundException', 'missing'],
    ['personalize, describeDatasetGroup', 'InvalidInputException', 'refused'],
    ['personalize, create', 'InvalidInputException', 'refused'],
    ['personalize, create', 'ResourceAlreadyExistsException', 'refused'],
    ['personalize, delete', 'ResourceNotFoundException', 'GONE'],
    ['personalize, delete', 'ResourceInUseException', 'IN_USE'],
    ['personalize, delete', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize-drift, listAll', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize-drift, listAll', 'InvalidNextTokenException', 'UnknownOutcomeError'],
    ['personalize-drift, listOfGroup', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize-drift, describe', 'ResourceNotFoundException', 'NOT_FOUND'],
    ['personalize-drift, describe', 'InvalidInputException', 'UnexpectedResponseError'],
    ['personalize-drift, readTags', 'ResourceNotFoundException', undefined],
    ['personalize-events', 'InvalidInputException', 'refused'],
    ['event-bus', 'ValidationException', 'ValidationException'],
    ['task-callbacks', 'TaskTimedOut', 'delivered'],
    ['task-callbacks', 'InvalidOutput', 'InvalidOutput'],
    ['task-callbacks', 'KmsThrottlingException', 'KmsThrottlingException'],
  ])('%s, %s: %s', async (gateway, name, word) => {
    answers = [errorAnswer(new AwsError(name, 'message'))];
    expect(await wordFor(async () => GATEWAYS[gateway]?.())).toBe(word);
  });
});

test('a missing dataset group has no trackers, whichever error the list call returns', async () => {
  for (const gateway of [
    () => createPersonalizeGateway(new PersonalizeClient(client()), 'test').list(GROUP, 'et-1'),
    () => createDriftGateway(new PersonalizeClient(client()), 'test').listOfGroup(GROUP),
  ]) {
    answers = [error('InvalidInputException'), error('ResourceNotFoundException')];
    expect(await gateway()).toEqual([]);
  }
});

describe('an incomplete answer', () => {
  test.each([
    ['no tracker', {}, 'no status'],
    ['an unknown status', { eventTracker: { status: 'CREATE STOPPED' } }, '"CREATE STOPPED"'],
  ])('with %s from a describe does not mean that the tracker is gone', async (_, body, words) => {
    answers = [jsonAnswer(body)];
    for (const gateway of [createPersonalizeGateway, createDriftGateway]) {
      const described = gateway(new PersonalizeClient(client()), 'test').describe(ARN);
      await expect(described).rejects.toMatchObject({
        name: 'UnexpectedResponseError',
        awsRequestId: expect.any(String),
      });
      await expect(described).rejects.toThrow(words);
    }
  });

  test('with an unknown status in a list is not ignored', async () => {
    answers = [
      jsonAnswer({ eventTrackers: [{ eventTrackerArn: ARN, status: 'CREATE STOPPED' }] }),
      jsonAnswer({ tags: [] }),
      error('ResourceNotFoundException'),
    ];
    const listed = createPersonalizeGateway(new PersonalizeClient(client()), 'test').list(GROUP, 'et-1');
    await expect(listed).rejects.toMatchObject({ name: 'UnexpectedResponseError', operation: 'ListEventTrackers' });
  });

  test('without a creation time makes the list unusable if the tags of the tracker cannot be read', async () => {
    answers = [
      jsonAnswer({ eventTrackers: [{ eventTrackerArn: ARN, status: 'ACTIVE' }] }),
      error('AccessDeniedException'),
      jsonAnswer({ eventTracker: { eventTrackerArn: ARN, status: 'ACTIVE', trackingId: TRACKING_ID } }),
      jsonAnswer({ datasets: [] }),
    ];
    const listed = createPersonalizeGateway(new PersonalizeClient(client()), 'test').list(GROUP, 'et-1');
    await expect(listed).rejects.toMatchObject({ name: 'UnexpectedResponseError', answer: 'no creation time' });
  });

  test.each(['INTERACTIONS', 'interactions', 'Interactions'])(
    'the Interactions dataset is reported as %s',
    async (datasetType) => {
      const others = ['ACTION_INTERACTIONS', 'Action_Interactions', 'ITEMS'].map((type) => ({
        datasetType: type,
        status: 'ACTIVE',
      }));
      const checked = async (datasets: object[]) => {
        answers = [jsonAnswer({ datasetGroup: { status: 'ACTIVE' } }), jsonAnswer({ datasets })];
        return createPersonalizeGateway(new PersonalizeClient(client()), 'test').describeDatasetGroup(GROUP);
      };
      expect(await checked(others)).toEqual({ kind: 'found', status: 'ACTIVE' });
      expect(await checked([...others, { datasetType, status: 'CREATE PENDING' }])).toEqual({
        kind: 'found',
        status: 'ACTIVE',
        interactionsStatus: 'CREATE PENDING',
      });
      await expect(checked([{ datasetType }])).rejects.toMatchObject({ name: 'UnknownOutcomeError' });
    },
  );

  test('without an ARN from a create, or without a status from a preflight, is an unknown outcome', async () => {
    answers = [jsonAnswer({})];
    expect(await wordFor(async () => GATEWAYS['personalize, create']?.())).toBe('unknown');
    expect(await wordFor(async () => GATEWAYS['personalize, describeDatasetGroup']?.())).toBe('UnknownOutcomeError');
  });

  test('that leaves out an entry is not a success, even if the bus returns 200', async () => {
    answers = [jsonAnswer({})];
    expect(await wordFor(async () => GATEWAYS['event-bus']?.())).toBe('no answer for this entry');
  });
});

test('events that the bus accepted before a call failed count as accepted', async () => {
  const events = Array.from({ length: 21 }, (_, index) => ({ id: `${index}`, at: 0, detailType: 'x', detail: {} }));
  const Entries = Array.from({ length: 10 }, (_, index) => ({ EventId: `${index}` }));
  answers = [jsonAnswer({ Entries }), error('ThrottlingException')];
  const { taken, refused } = await createEventBusGateway(new EventBridgeClient(client()), 'bus').put(events);
  expect(taken).toEqual(events.slice(0, 10).map(({ id }) => id));
  expect(refused).toEqual(events.slice(10).map(({ id }) => ({ id, error: 'ThrottledError' })));
});

describe('workflow', () => {
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
  const start = () =>
    createWorkflowGateway(new SFNClient(client()), stateMachineArn).start({ trackerId: 'et-1', epoch: 1 });

  test('an execution name that already exists counts as started', async () => {
    answers = [error('ExecutionAlreadyExists')];
    await expect(start()).resolves.toBeUndefined();
  });

  test.each([...ANSWERS, ['ExecutionLimitExceeded', error('ExecutionLimitExceeded'), ''] as const])(
    '%s does not: the caller gets an error, and the sweeper starts the execution',
    async (_, answer) => {
      answers = [answer];
      await expect(start()).rejects.toBeInstanceOf(Error);
    },
  );
});
