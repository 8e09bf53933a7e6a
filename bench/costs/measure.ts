import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type LocalMachine, startLocalMachine } from '../../test/world/local-machine.ts';

/** Usage in AWS's billing units. */
export interface Usage {
  /** State transitions, including the start of each execution. */
  readonly transitions: number;
  /** Lambda invocations of tasks. */
  readonly invocations: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Events published to the bus. */
  readonly events: number;
  readonly personalizeCalls: number;
}

type Counter = { -readonly [Name in keyof Usage]: number };
const ZERO: Usage = { transitions: 0, invocations: 0, writeUnits: 0, readUnits: 0, events: 0, personalizeCalls: 0 };

interface ConsumedCapacity {
  readonly CapacityUnits?: number;
}
/** The parts of a DynamoDB call that are used here. Both SDK clients have them in the same form. */
interface Call {
  readonly input: {
    readonly Item?: Readonly<Record<string, unknown>>;
    readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  };
  readonly output: { readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[] };
}

/**
 * Counts the consumed capacity that DynamoDB returns with each call. The local engine omits two things, which are added as AWS documents
 * them: writes to an index (one unit to add or remove an entry, two if its key changes), and half a unit for a query without results.
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
  if (Item) return ['dueLane', 'tenantId', 'unfinishedOf', 'listedIn'].filter((key) => Item[key] !== undefined).length;
  const changed = new Set(Object.values(ExpressionAttributeNames));
  return (
    (changed.has('dueLane') || changed.has('dueAt') ? 2 : 0) +
    (changed.has('tenantId') ? 2 : 0) +
    (changed.has('unfinishedOf') ? 1 : 0) +
    (changed.has('listedIn') || changed.has('listedAt') ? 2 : 0)
  );
}

/** Measures the usage of `work`. */
async function usageOf(deployed: LocalMachine, counter: Counter, work: () => Promise<unknown>): Promise<Usage> {
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

async function measuring<Result>(work: (deployed: LocalMachine, counter: Counter) => Promise<Result>): Promise<Result> {
  const deployed = await startLocalMachine();
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
  /** From the accepted request until ACTIVE is published. `seconds` is the time that Personalize takes. */
  readonly creations: readonly { readonly seconds: number; readonly usage: Usage }[];
  /** From the accepted DELETE until DELETED is published. */
  readonly deletion: Usage;
  /** One drift check of one record without drift. */
  readonly driftCheck: Usage;
  readonly idleSweep: Usage;
  readonly idleDrift: Usage;
}

/** How long Personalize takes to create a tracker, in seconds: usually up to a minute, sometimes many minutes. */
const CREATION_SECONDS = [8, 15, 60, 1200] as const;

/** Runs the deployed state machine, tasks and expressions on the local engines, and measures their usage. */
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
    // The first run also writes the cursor, which does not depend on the number of records.
    await deployed.drift();
    await untilDue();
    const check = await usageOf(deployed, counter, () => deployed.drift());
    const deletion = await usageOf(deployed, counter, () => deployed.delete());
    return { deletion, driftCheck: check };
  });
  const { idleDrift } = idle;
  // Subtracting the fixed usage of a run leaves the usage for this record.
  const driftCheck = { ...rest.driftCheck };
  for (const name of ['readUnits', 'personalizeCalls'] as const) driftCheck[name] -= idleDrift[name];
  return { ...idle, creations, ...rest, driftCheck };
}

function created({ personalize }: LocalMachine, seconds: number): void {
  personalize.core.setTiming({ createPendingMs: 2_000, createInProgressMs: (seconds - 2) * 1000 });
}
