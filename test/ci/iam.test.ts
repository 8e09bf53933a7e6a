import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { permissionPolicy, trustPolicy } from '../../infra/accounts/policies.ts';
import { FUNCTION_NAMES } from '../../infra/aws/function-names.ts';
import { methodsOf, sentByMethod } from '../infra/gateway-calls.ts';
import { grantsOf } from '../infra/policies.ts';
import { FULL, ofType, readableBundles, type Synthesized, synthesize } from '../infra/synthesized.ts';
import { startWireStub } from '../infra/wire-stub.ts';
import { concrete, loadSimulator, policiesOf, roleArnOf, type Simulate } from './iam-deployment.ts';
import { type IamRequest, requestsOf } from './iam-requests.ts';
import {
  ALLOWED_NEVERTHELESS,
  BESIDE,
  type Call,
  CONTEXTS,
  callOf,
  callsOf,
  NOT_OURS,
  NOT_WITH,
  RESOURCES,
  SENT,
} from './iam-table.ts';

/* Run by `npm run test:ci`. IAM's decisions about the synthesized policies, by a simulator that knows AWS's actions and condition keys. */

/** The folder in which `@cloud-copilot/iam-simulate` is installed, set by test/ci/run.ts. */
const SIMULATOR = process.env.IAM_SIMULATOR;

describe.skipIf(SIMULATOR === undefined)('what IAM decides', () => {
  let simulate: Simulate;
  let deployment: Synthesized;
  let destroying: Synthesized;
  let observed: Record<string, Call[]>;

  beforeAll(async () => {
    simulate = await loadSimulator(String(SIMULATOR));
    const readable = await readableBundles();
    deployment = synthesize({ ...FULL, destroyAdopted: false }, readable, { isValidated: false });
    destroying = synthesize(FULL, readable, { isValidated: false });
    const stub = await startWireStub();
    const sent = await sentByMethod(stub);
    await stub.close();
    observed = ofServices(deployment);
    for (const name of FUNCTION_NAMES) {
      const calls = [...methodsOf(readable, name)].flatMap((method) => sent[method] ?? []);
      const requests = calls.flatMap(requestsOf);
      const callsPersonalize = calls.some(({ action }) => action.startsWith('personalize:'));
      const sessions = callsPersonalize ? (sent['sessions.credentials'] ?? []).flatMap(requestsOf) : [];
      observed[name] = [
        ...(observed[name] ?? []),
        ...[...requests, ...sessions].map((request) => named(withOwnTable(request, name))),
      ];
    }
  });

  /** The decision about a call of a role. */
  async function decide(role: string, { action, resource, context }: Call, within = deployment) {
    const { arn = '', tags } = RESOURCES[resource] ?? {};
    const place = `${role}/Role` in within.resources ? `${role}/Role` : role;
    return simulate({
      ...{ action, resource: arn, ...CONTEXTS[context] },
      principal: roleArnOf(role),
      policies: policiesOf(within)[place] ?? [],
      ...(tags && { resourceTags: tags }),
      ...resourcePolicyOf(within, resource),
    });
  }

  const allCalls = (): [string, Call][] =>
    Object.entries(SENT).flatMap(([role, rows]) => rows.flatMap(callsOf).map((call): [string, Call] => [role, call]));

  test.each(Object.keys(SENT))('%s sends what the table says, and all of it is allowed', async (role) => {
    const expected = (SENT[role] ?? []).flatMap(callsOf);
    const namesOf = (calls: readonly Call[]) => [...new Set(calls.map(({ name }) => name))].sort();
    expect(namesOf(observed[role] ?? [])).toEqual(namesOf(expected));
    const decisions = await Promise.all(expected.map(async (call) => [call.name, await decide(role, call)]));
    expect(decisions).toEqual(expected.map(({ name }) => [name, 'allowed']));
  });

  test('every grant is needed by a call that is sent', () => {
    const unused: string[] = [];
    for (const [role, grants] of Object.entries(grantsOf(deployment))) {
      const calls = (SENT[role.replace(/\/Role$/, '')] ?? []).flatMap(callsOf);
      for (const grant of new Set(grants)) {
        const [, action = '', on = ''] = /^(\S+).* on (\S+)$/.exec(grant) ?? [];
        // Not calls of the code; and the calls are observed in one of the other accounts.
        if (/^(logs|xray|kms|sts):/.test(action)) continue;
        const granted = concrete(deployment, on);
        const isNeeded = calls.some(
          (call) => call.action === action && means(granted, RESOURCES[call.resource]?.arn ?? ''),
        );
        if (!isNeeded) unused.push(`${role}: ${grant}`);
      }
    }
    expect(unused).toEqual([]);
  });

  test('no role may make a call that only others send', async () => {
    const every = new Map(allCalls().map(([, call]) => [call.name, call]));
    const allowed: string[] = [];
    for (const [role, rows] of Object.entries(SENT)) {
      const own = new Set(rows.flatMap(callsOf).map(({ name }) => name));
      for (const call of every.values()) {
        if (!own.has(call.name) && (await decide(role, call)) === 'allowed') allowed.push(`${role}: ${call.name}`);
      }
    }
    expect(allowed).toEqual([]);
  });

  test("the same calls on another deployment's resources are denied, apart from those with a reason", async () => {
    const allowed = new Set<string>();
    for (const [role, { action, resource, context }] of allCalls()) {
      for (const other of NOT_OURS[resource] ?? []) {
        const call = callOf(action, other, context);
        if ((await decide(role, call)) === 'allowed') allowed.add(call.name);
      }
    }
    expect([...allowed].sort()).toEqual(Object.keys(ALLOWED_NEVERTHELESS).sort());
  });

  test('the same calls with other tags are denied', async () => {
    const allowed: string[] = [];
    let evaluated = 0;
    for (const [role, { action, resource, context }] of allCalls()) {
      for (const other of NOT_WITH[context] ?? []) {
        evaluated++;
        const call = callOf(action, resource, other);
        if ((await decide(role, call)) === 'allowed') allowed.push(`${role}: ${call.name}`);
      }
    }
    expect(allowed).toEqual([]);
    expect(evaluated).toBeGreaterThan(10);
  });

  test.each(BESIDE)('%s: %s is %s', async (role, row, result) => {
    for (const call of callsOf(row)) expect(await decide(role, call), call.name).toBe(result);
  });

  test('only with the setting destroyAdopted, trackers without our tags may be deleted; then those of other deployments too', async () => {
    for (const tracker of ['a tracker without our tags', "another deployment's tracker"]) {
      const call = callOf('personalize:DeleteEventTracker', tracker, '');
      expect(await decide('DeleteEventTracker', call), tracker).toBe('denied');
      expect(await decide('DeleteEventTracker', call, destroying), tracker).toBe('allowed');
    }
  });

  test('nobody else puts events on the bus, even with a policy that allows everything', async () => {
    const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const put = (principal: string) =>
      simulate({
        ...{ action: 'events:PutEvents', resource: RESOURCES['the bus']?.arn ?? '', principal, policies: [everything] },
        ...resourcePolicyOf(deployment, 'the bus'),
      });
    expect(await put('arn:aws:iam::123456789012:role/admin')).toBe('denied');
    expect(await put(roleArnOf('Observe'))).toBe('denied');
    expect(await put(roleArnOf('PublishEvents'))).toBe('allowed');
  });

  describe('in another account', () => {
    const account = FULL.accounts['210987654321'];
    const sharing = {
      ...{
        accountId: '210987654321',
        account: { ...account, regions: [...account.regions], tenants: [...account.tenants] },
      },
      ...{ homeAccountId: '123456789012', stage: 'full', events: true, destroyAdopted: false },
    };
    const assume = (principal: string, externalId: string) =>
      simulate({
        ...{ action: 'sts:AssumeRole', resource: account.roleArn, principal, resourcePolicy: trustPolicy(sharing) },
        policies: [
          {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: account.roleArn }],
          },
        ],
        keys: { 'sts:ExternalId': externalId },
      });
    const inAccount = ({ action, resource, context }: Call, region: string) => {
      const { arn = '', tags } = RESOURCES[resource] ?? {};
      return simulate({
        ...{ action, ...CONTEXTS[context], ...(tags && { resourceTags: tags }) },
        resource: arn.replace('us-east-1:123456789012', `${region}:210987654321`),
        principal: account.roleArn,
        policies: [permissionPolicy(sharing)],
        keys: { 'aws:RequestedRegion': region },
      });
    };
    const ofPersonalize = () => {
      const calls = allCalls().flatMap(([, call]) => (call.action.startsWith('personalize:') ? call : []));
      return [...new Map(calls.map((call) => [call.name, call])).values()];
    };

    test('only functions of this deployment may assume the role, and only with its external id', async () => {
      expect(await assume(roleArnOf('Observe'), 'full:acme')).toBe('allowed');
      expect(await assume(roleArnOf('Observe'), 'full:umbrella')).toBe('denied');
      expect(await assume('arn:aws:iam::123456789012:role/event-trackers-other-Observe', 'full:acme')).toBe('denied');
      expect(await assume('arn:aws:iam::345678901234:role/event-trackers-full-Observe', 'full:acme')).toBe('denied');
    });

    test('its role may make every call of Personalize that the functions send, in the Regions of the setting only', async () => {
      const calls = ofPersonalize();
      expect(calls.length).toBeGreaterThan(10);
      for (const call of calls) {
        expect(await inAccount(call, 'eu-west-1'), call.name).toBe('allowed');
        expect(await inAccount(call, 'ap-southeast-2'), call.name).toBe('denied');
      }
    });

    /** Both functions that set tags have this one role, so what one may set, it may. Without tags, TagResource changes nothing. */
    const MAY_SET = new Set(['with our tags', "with a caller's tag", 'without tags']);

    test("it may not touch another deployment's trackers, nor set other tags", async () => {
      const allowed = new Set<string>();
      for (const { action, resource, context } of ofPersonalize()) {
        const others = (NOT_OURS[resource] ?? []).filter((other) => !other.endsWith('another Region'));
        const calls = [
          ...others.map((other) => callOf(action, other, context)),
          ...(NOT_WITH[context] ?? [])
            .filter((other) => !MAY_SET.has(other))
            .map((other) => callOf(action, resource, other)),
        ];
        for (const call of calls) if ((await inAccount(call, 'us-east-1')) === 'allowed') allowed.add(call.name);
      }
      expect([...allowed].filter((name) => !(name in ALLOWED_NEVERTHELESS))).toEqual([]);
    });
  });

  test("the policy of docs/tracking-ids.md lets an application read its tenant's path, and no other tenant's", async () => {
    const page = readFileSync('docs/tracking-ids.md', 'utf8');
    const [, statement = ''] = /```json\n(\{\s+"Effect": "Allow",[\s\S]*?)```/.exec(page) ?? [];
    const read = (action: string, path: string) =>
      simulate({
        ...{ action, resource: `arn:aws:ssm:us-east-1:123456789012:parameter/event-trackers/${path}` },
        principal: 'arn:aws:iam::123456789012:role/shop',
        policies: [{ Version: '2012-10-17', Statement: [JSON.parse(statement)] }],
      });
    expect(await read('ssm:GetParameter', 'prod/acme/shop')).toBe('allowed');
    expect(await read('ssm:GetParameter', 'prod/umbrella/shop')).toBe('denied');
    expect(await read('ssm:GetParameter', 'prod/acme2/shop')).toBe('denied');
    expect(await read('ssm:GetParameter', 'test/acme/shop')).toBe('denied');
    expect(await read('ssm:PutParameter', 'prod/acme/shop')).toBe('denied');
  });
});

/** Whether a resource of a policy, which may end with `*`, means an ARN. */
const means = (granted: string, arn: string): boolean =>
  granted.endsWith('*') ? arn.startsWith(granted.slice(0, -1)) : arn === granted;

/** The functions that keep tracking IDs have a table each; the calls that were observed name one table for both. */
function withOwnTable(request: IamRequest, name: string): IamRequest {
  const place = name === 'tracking-id-parameters' ? 'TrackingIdParameters' : 'TrackingIdSecrets';
  return { ...request, resource: request.resource.replace('-full-Entries', `-full-${place}-Table`) };
}

/** The call by the names of the table. @throws Error for a resource or a context that the table does not have */
function named({ action, resource, requestTags, tagKeys, keys }: IamRequest): Call {
  const [place] = Object.entries(RESOURCES).find(([, { arn }]) => arn === resource) ?? [];
  if (place === undefined) throw new Error(`${action} was sent on ${resource}, which the table does not name`);
  const given = JSON.parse(JSON.stringify({ requestTags, tagKeys, keys }));
  if (Object.keys(given).length === 0) return callOf(action, place, '');
  const [context] = Object.entries(CONTEXTS).find(([, each]) => isDeepStrictEqual(each, given)) ?? [];
  if (context === undefined)
    throw new Error(`${action} was sent with ${JSON.stringify(given)}, which the table does not name`);
  return callOf(action, place, context);
}

/** What services call with the roles that the template gives them, and with those of functions. */
function ofServices(deployment: Synthesized): Record<string, Call[]> {
  const calls: Record<string, Call[]> = {};
  const add = (role: string, action: string, resource: unknown) => {
    const name = role.replace(/^<|\.Arn>$/g, '').replace(/\/Role$/, '');
    calls[name] = [
      ...(calls[name] ?? []),
      named({ action, resource: concrete(deployment, z.string().parse(resource)) }),
    ];
  };
  const machine = z.object({ RoleArn: z.string(), DefinitionSubstitutions: z.record(z.string(), z.string()) });
  for (const [, { Properties }] of ofType(deployment, 'AWS::StepFunctions::StateMachine')) {
    const { RoleArn, DefinitionSubstitutions } = machine.parse(Properties);
    for (const task of Object.values(DefinitionSubstitutions)) add(RoleArn, 'lambda:InvokeFunction', task);
  }
  const target = z.object({
    Arn: z.string(),
    RoleArn: z.string().optional(),
    DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
  });
  for (const [, { Properties }] of ofType(deployment, 'AWS::Scheduler::Schedule')) {
    const { Arn, RoleArn = '', DeadLetterConfig } = target.parse(Properties.Target);
    add(RoleArn, 'lambda:InvokeFunction', Arn);
    add(RoleArn, 'sqs:SendMessage', DeadLetterConfig?.Arn);
  }
  for (const [, { Properties }] of ofType(deployment, 'AWS::Events::Rule')) {
    for (const { Arn, RoleArn } of z.array(target).parse(Properties.Targets)) {
      if (RoleArn !== undefined) add(RoleArn, 'events:PutEvents', Arn);
    }
  }
  const onFailure = z.object({
    FunctionName: z.string(),
    DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }).optional(),
  });
  for (const [, { Properties }] of ofType(deployment, 'AWS::Lambda::EventInvokeConfig')) {
    const { FunctionName, DestinationConfig } = onFailure.parse(Properties);
    if (DestinationConfig === undefined) continue;
    const role = FunctionName.replace(/^<|\/Function>$/g, '');
    add(role, 'sqs:SendMessage', DestinationConfig.OnFailure.Destination);
  }
  return calls;
}

/** The policy of a resource that has one. Buses and roles of other accounts are those of docs/other-buses.md and docs/accounts.md. */
function resourcePolicyOf(deployment: Synthesized, resource: string): { resourcePolicy?: object } {
  const document = (statements: unknown) => ({ resourcePolicy: { Version: '2012-10-17', Statement: statements } });
  if (resource === 'the bus') {
    const statements = ofType(deployment, 'AWS::Events::EventBusPolicy').map(
      ([, { Properties }]) => Properties.Statement,
    );
    return document(concrete(deployment, statements));
  }
  if (resource === 'the key') {
    const [key] = ofType(deployment, 'AWS::KMS::Key');
    return {
      resourcePolicy: concrete(deployment, z.record(z.string(), z.unknown()).parse(key?.[1].Properties.KeyPolicy)),
    };
  }
  const { arn = '' } = RESOURCES[resource] ?? {};
  const account = { AWS: 'arn:aws:iam::123456789012:root' };
  // The default policy of a key.
  if (resource === 'the key of the tracking IDs') {
    return document([{ Effect: 'Allow', Principal: account, Action: 'kms:*', Resource: '*' }]);
  }
  if (/^the bus \w+ of \d+$/.test(resource)) {
    return document([{ Effect: 'Allow', Principal: account, Action: 'events:PutEvents', Resource: arn }]);
  }
  if (resource.endsWith('in 210987654321')) {
    return document([{ Effect: 'Allow', Principal: account, Action: 'sts:AssumeRole' }]);
  }
  return {};
}
