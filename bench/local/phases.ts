import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { interleaved } from '../statistics.ts';
import { createHttpClient } from './http.ts';
import { type LocalRuntime, startRuntime } from './runtime.ts';
import { anyItem, createCaller, createGroups, followActive, groupNames } from './trackers.ts';
import { callAws, TABLE_NAME } from './wire.ts';

const CONNECTIONS = 50;

/** The parts of the benchmark, each with runtimes of its own in new data folders below `folder`. */
export interface Phases {
  readonly folder: string;
  readonly progress: (line: string) => void;
}

const newData = ({ folder }: Phases): string => mkdtempSync(join(folder, 'data-'));

/** @returns the seconds until a runtime with a new data folder is ready, for each of its starts */
export async function timeToReady(phases: Phases, starts: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const runtime = await startRuntime(newData(phases));
    seconds.push(runtime.readySeconds);
    await runtime.kill();
  }
  return seconds;
}

export interface Throughput {
  /** A second, of each round. */
  readonly posts: readonly number[];
  readonly active: readonly number[];
  readonly puts: readonly number[];
}

/** Requests and whole trackers a second, beside the puts that dynalite alone takes from the same client, in turns. */
export async function throughput(phases: Phases, rounds: number, perRound: number): Promise<Throughput> {
  const { folder, progress } = phases;
  const http = createHttpClient(CONNECTIONS);
  const runtime = await startRuntime(newData(phases));
  const dynalite = fork(join(import.meta.dirname, 'dynalite.ts'), [join(folder, 'dynalite')], { execArgv: [] });
  try {
    const [url] = await once(dynalite, 'message');
    const [first = '', ...names] = groupNames('throughput', 1 + rounds * perRound);
    await createGroups(http, runtime, [first, ...names]);
    const caller = await createCaller(http, runtime);
    const events = await followActive(runtime);
    await caller.request(first);
    await events.until(1);
    const item = await anyItem(http, runtime);
    const put = (trackerId: string) =>
      callAws(http, url, 'DynamoDB_20120810.PutItem', {
        TableName: TABLE_NAME,
        Item: { ...item, trackerId: { S: trackerId } },
        ConditionExpression: 'attribute_not_exists(trackerId)',
      });
    const measured = await interleaved(['runtime', 'dynalite'], rounds, async (name, round) => {
      const now = names.slice(round * perRound, (round + 1) * perRound);
      const started = performance.now();
      const perSecond = () => perRound / ((performance.now() - started) / 1000);
      await Promise.all(now.map((group) => (name === 'dynalite' ? put(group) : caller.request(group))));
      const calls = perSecond();
      if (name === 'runtime') await events.until(1 + (round + 1) * perRound);
      progress(`round ${round + 1} of ${rounds}: ${calls.toFixed(0)}/s of ${name}`);
      return { calls, whole: perSecond() };
    });
    events.close();
    return {
      posts: measured.runtime.map(({ calls }) => calls),
      active: measured.runtime.map(({ whole }) => whole),
      puts: measured.dynalite.map(({ calls }) => calls),
    };
  } finally {
    await end(dynalite);
    await runtime.kill();
    http.close();
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}

export interface Burst {
  readonly runtime: LocalRuntime;
  readonly trackers: number;
  /** Requests that were not answered with 202, or whose trackers are not ACTIVE in the end. */
  readonly lost: number;
  readonly seconds: { readonly accepted: number; readonly active: number };
  readonly memory: ReturnType<LocalRuntime['memory']>;
}

/** Requests all trackers at the same time, each on a connection of its own, and waits until they are ACTIVE. */
export async function burst(phases: Phases, trackers: number): Promise<Burst> {
  const runtime = await startRuntime(newData(phases));
  const http = createHttpClient(trackers);
  const names = groupNames('burst', trackers);
  await createGroups(http, runtime, names);
  const caller = await createCaller(http, runtime);
  const events = await followActive(runtime);
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  const accepted = await acceptedOf(names.map((name) => caller.request(name)));
  const seconds = since();
  phases.progress(`${accepted} of ${trackers} accepted in ${seconds.toFixed(0)} s`);
  await events.until(accepted);
  const active = since();
  phases.progress(`all ACTIVE after ${active.toFixed(0)} s`);
  events.close();
  http.close();
  const reader = createHttpClient(1);
  const found = await (await createCaller(reader, runtime)).countActive();
  reader.close();
  return {
    runtime,
    trackers,
    lost: trackers - found,
    seconds: { accepted: seconds, active },
    memory: runtime.memory(),
  };
}

/** How many requests are answered with 202. A connection that fails is a lost request, and no end of the benchmark. */
async function acceptedOf(requests: readonly Promise<{ readonly status: number }>[]): Promise<number> {
  const answers = await Promise.allSettled(requests);
  return answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 202).length;
}

export const SIDES = ['few', 'many'] as const;
export type Latencies = Readonly<Record<(typeof SIDES)[number], { readonly post: number[]; readonly list: number[] }>>;

/** Milliseconds of single requests, in turns: beside `few` trackers in a new runtime, and beside those of `many`. */
export async function latencies(
  phases: Phases,
  few: number,
  many: LocalRuntime,
  rounds: number,
  perRound: number,
): Promise<Latencies> {
  const http = createHttpClient(CONNECTIONS);
  const small = await startRuntime(newData(phases));
  try {
    const before = groupNames('before', few);
    await createGroups(http, small, before);
    const ofSmall = await createCaller(http, small);
    const events = await followActive(small);
    await acceptedOf(before.map((name) => ofSmall.request(name)));
    await events.until(few);
    events.close();
    const callers = { few: ofSmall, many: await createCaller(http, many) };
    const names = groupNames('later', rounds * perRound);
    for (const runtime of [small, many]) await createGroups(http, runtime, names);
    const found = {
      few: { post: [] as number[], list: [] as number[] },
      many: { post: [] as number[], list: [] as number[] },
    };
    await interleaved(SIDES, rounds, async (side, round) => {
      if (side === 'few') phases.progress(`latencies, round ${round + 1} of ${rounds}`);
      for (const name of names.slice(round * perRound, (round + 1) * perRound)) {
        found[side].list.push((await callers[side].list()).ms);
        const { status, ms } = await callers[side].request(name);
        if (status !== 202) throw new Error(`A request was answered with ${status}.`);
        found[side].post.push(ms);
      }
    });
    return found;
  } finally {
    await small.kill();
    http.close();
  }
}

/** Kills and starts a runtime, several times. @returns the seconds until it was ready, for each start */
export async function restarts(runtime: LocalRuntime, times: number): Promise<number[]> {
  const seconds: number[] = [];
  let running = runtime;
  for (let time = 0; time < times; time += 1) {
    await running.kill();
    running = await startRuntime(runtime.data);
    seconds.push(running.readySeconds);
  }
  await running.kill();
  return seconds;
}

/**
 * Requests all trackers at the same time, kills the runtime as soon as it has accepted them, and starts it again.
 * @returns the seconds until it was ready, and how many trackers did not become ACTIVE
 */
export async function killedInProgress(
  phases: Phases,
  trackers: number,
): Promise<{ readySeconds: number; lost: number }> {
  const http = createHttpClient(trackers);
  const killed = await startRuntime(newData(phases));
  const names = groupNames('killed', trackers);
  await createGroups(http, killed, names);
  const caller = await createCaller(http, killed);
  const accepted = await acceptedOf(names.map((name) => caller.request(name)));
  await killed.kill();
  http.close();
  const again = await startRuntime(killed.data);
  phases.progress(`killed with ${trackers} in progress, ready after ${again.readySeconds.toFixed(1)} s`);
  const events = await followActive(again);
  await events.until(accepted);
  events.close();
  const reader = createHttpClient(1);
  const found = await (await createCaller(reader, again)).countActive();
  reader.close();
  await again.kill();
  return { readySeconds: again.readySeconds, lost: trackers - found };
}
