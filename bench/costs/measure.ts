import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Deployed, startDeployed } from '../../test/world/local-machine.ts';

/** What something cost, in AWS's units. */
export interface Usage {
  /** States entered by executions, and their starts. */
  readonly transitions: number;
  /** Lambda invocations of tasks. */
  readonly invocations: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Events put on the bus. */
  readonly events: number;
  readonly personalizeCalls: number;
}

type Counter = { -readonly [Name in keyof Usage]: number };
const ZERO: Usage = { transitions: 0, invocations: 0, writeUnits: 0, readUnits: 0, events: 0, personalizeCalls: 0 };

interface ConsumedCapacity {
  readonly CapacityUnits?: number;
}
/** What of a DynamoDB call's input and output is read here; the document client's and the client's are alike in it. */
interface Call {
  readonly input: {
    readonly Item?: Readonly<Record<string, unknown>>;
    readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  };
  readonly output: { readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[] };
}

/**
 * Counts the capacity that DynamoDB says each call consumed. The local engine leaves two things out, which are added as AWS documents
 * them: a write to an index (one unit for an entry that comes or goes, two for one whose key changes), and half a unit for a query that finds nothing.
 */
function countCapacity(client: DynamoDBClient, counter: Counter): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
        const call: Call = { input: args.input as Call['input'], output: answer.output as Call['output'] };
        const consumed = [call.output.ConsumedCapacity ?? []].flat() as readonly ConsumedCapacity[];
        const units = consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        if (/^(Put|Update)/.test(commandName)) counter.writeUnits += units + indexWrites(call);
        else counter.readUnits += Math.max(units, 0.5);
        return answer;
      },
    { step: 'initialize', name: 'countCapacity' },
  );
}

function indexWrites({ input: { Item, ExpressionAttributeNames = {} } }: Call): number {
  if (Item) return ['dueLane', 'tenantId', 'unfinishedOf'].filter((key) => Item[key] !== undefined).length;
  const changed = new Set(Object.values(ExpressionAttributeNames));
  return (
    (changed.has('dueLane') || changed.has('dueAt') ? 2 : 0) +
    (changed.has('tenantId') ? 2 : 0) +
    (changed.has('unfinishedOf') ? 1 : 0)
  );
}

/** Counts what `work` uses. */
async function usageOf(deployed: Deployed, counter: Counter, work: () => Promise<unknown>): Promise<Usage> {
  const [states, starts] = [(await deployed.entered()).length, (await deployed.executions()).length];
  const [invoked, calls] = [deployed.invoked.length, deployed.personalize.core.calls().length];
  Object.assign(counter, ZERO);
  await work();
  await deployed.settled();
  return {
    ...counter,
    transitions: (await deployed.entered()).length - states + (await deployed.executions()).length - starts,
    invocations: deployed.invoked.length - invoked,
    personalizeCalls: deployed.personalize.core.calls().length - calls,
  };
}

async function measuring<Result>(work: (deployed: Deployed, counter: Counter) => Promise<Result>): Promise<Result> {
  const deployed = await startDeployed();
  const counter: Counter = { ...ZERO };
  countCapacity(deployed.clients.database, counter);
  deployed.clients.events.middlewareStack.add(
    (next) => async (args) => {
      counter.events += 'Entries' in args.input ? (args.input.Entries?.length ?? 0) : 0;
      return next(args);
    },
    { step: 'initialize', name: 'countEvents' },
  );
  try {
    return await work(deployed, counter);
  } finally {
    await deployed.close();
  }
}

export interface Measured {
  /** From the accepted request to ACTIVE and its event told, by how long Personalize takes, in seconds. */
  readonly creations: readonly { readonly seconds: number; readonly usage: Usage }[];
  /** From the accepted DELETE to DELETED and its event told. */
  readonly deletion: Usage;
  /** One look of the drift check at one record that is as it should be. */
  readonly driftCheck: Usage;
  readonly idleSweep: Usage;
  readonly idleDrift: Usage;
}

/** How long Personalize takes to create a tracker, in seconds: seconds to a minute are seen, minutes are possible. */
const CREATION_SECONDS = [8, 15, 60, 1200] as const;

/** Runs the deployed state machine, tasks and expressions on the local engines, and counts. */
export async function measure(): Promise<Measured> {
  const idle = await measuring(async (deployed, counter) => ({
    idleSweep: await usageOf(deployed, counter, () => deployed.sweep()),
    idleDrift: await usageOf(deployed, counter, () => deployed.drift()),
  }));
  const creations = [];
  for (const seconds of CREATION_SECONDS) {
    const usage = await measuring(async (deployed, counter) => {
      created(deployed, seconds);
      return usageOf(deployed, counter, () => deployed.ask());
    });
    creations.push({ seconds, usage });
  }
  const rest = await measuring(async (deployed, counter) => {
    created(deployed, 15);
    await deployed.ask();
    await deployed.settled();
    const untilDue = async () => deployed.pass((await deployed.record()).due.at - deployed.now() + 1);
    await untilDue();
    // The first run also writes where it ended, which is the run's own and no record's.
    await deployed.drift();
    await untilDue();
    const look = await usageOf(deployed, counter, () => deployed.drift());
    const deletion = await usageOf(deployed, counter, () => deployed.delete());
    return { deletion, driftCheck: look };
  });
  const { idleDrift } = idle;
  // What every run of the check costs is its own; what is left is this record's.
  const driftCheck = { ...rest.driftCheck };
  for (const name of ['readUnits', 'personalizeCalls'] as const) driftCheck[name] -= idleDrift[name];
  return { ...idle, creations, ...rest, driftCheck };
}

function created({ personalize }: Deployed, seconds: number): void {
  personalize.core.setTiming({ createPendingMs: 2_000, createInProgressMs: (seconds - 2) * 1000 });
}
