import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateDatasetCommand, CreateDatasetGroupCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { local } from '../e2e/local-runtime.ts';
import { call } from './caller.ts';
import { createClient } from './client.ts';
import { readBook, readEndings, sweepUntilIdle } from './ending.ts';
import { createHost, type Host } from './host.ts';
import { type Random, randomOf } from './random.ts';
import { clearFaults, injectFaults } from './script.ts';
import { type Group, isAccepted, type Story } from './story.ts';
import { LOCAL_CLIENT, readStream, subscribe, watchTrackers } from './watch.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly kills: number;
  readonly tenants: readonly string[];
  /** Dataset groups of each tenant. The last one of the first tenant has no Interactions dataset; the last one of the second denies tags. */
  readonly groupsEach: number;
  /** How long all records may take to become idle at the end, in milliseconds. */
  readonly idleWithinMs: number;
  /** The maximum life of a runtime after it is ready, in milliseconds (default 2000). */
  readonly lifeMs?: number;
  readonly onProgress?: (line: string) => void;
}

/** The result. `folder` holds the data folder and the runtimes' output; the caller removes it. */
export interface Campaign {
  readonly story: Story;
  readonly folder: string;
}

const ARN = 'arn:aws:personalize:us-east-1:123456789012';
/** Short times, so that much happens between two kills: a creation takes 300 ms, a deletion 200 ms. */
const TIMING = {
  createPendingMs: 100,
  createInProgressMs: 200,
  deletePendingMs: 100,
  deleteInProgressMs: 100,
  datasetGroupMs: 0,
};
/**
 * createInFlight exceeds the longest delay of a call plus the longest lag in script.ts. The lease is so short that live owners are fenced
 * out too. Some requests pass, and others wait for admission.
 */
const ENVIRONMENT = { CREATE_IN_FLIGHT_SECONDS: '2', LEASE_SECONDS: '1', ADMISSION_RATE: '3' };
const TIME_SCALE = 0.05;
/** The approximate start time of a runtime, in milliseconds. A kill within it hits a runtime that is not ready. */
const STARTING_MS = 800;
const LIFE_MS = 2_000;

/**
 * Kills the local runtime repeatedly while clients send requests, and restarts it on the same folder. At the end it waits until all records
 * are idle. The seed determines the requests and the times of the kills. What the runtime is doing at each kill depends on the machine's
 * speed.
 */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { seed, kills, tenants, groupsEach, idleWithinMs, lifeMs = LIFE_MS, onProgress = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-crash-'));
  const host = createHost({
    data: join(folder, 'data'),
    log: join(folder, 'runtime.log'),
    timeScale: TIME_SCALE,
    environment: ENVIRONMENT,
  });
  const random = randomOf(seed);
  const groups = groupsOf(tenants, groupsEach);
  await host.start();
  await setUp(host, groups);

  const client = createClient(host);
  let isAsked = true;
  let isWatched = true;
  const callers = groups.map((group) => {
    const otherTenant = tenants.find((tenant) => tenant !== group.tenantId) ?? 'nobody';
    return call({ group, otherTenant, client, random: random.fork(), isOver: () => !isAsked });
  });
  const faults = injectFaults(host, groups, random.fork(), () => !isAsked);
  const received = subscribe(host, () => !isWatched);
  const readings = watchTrackers(host, () => !isWatched);
  const background = Promise.all([...callers, faults, received, readings]);
  // The first failure of any of them ends the campaign.
  const failed = new Promise<never>((_, reject) => background.catch(reject));

  const killed: Story['kills'][number][] = [];
  const run = async () => {
    while (killed.length < kills) {
      const moment = await killOnce(host, random, client.nextSend, lifeMs);
      killed.push({ at: Date.now(), moment });
      if (killed.length % 10 === 0 || killed.length === kills) {
        const accepted = client.requests.filter(isAccepted).length;
        onProgress(`${killed.length} kills, ${client.requests.length} requests answered, ${accepted} accepted`);
      }
    }
    await host.start();
    isAsked = false;
    await Promise.all([...callers, faults]);
    await clearFaults(host);
    onProgress('faults have stopped; sweeping until every record is idle');
    await sweepUntilIdle(host, groups, idleWithinMs);
    const { awsUrl } = await host.running();
    const endings = await readEndings(host, groups);
    const stream = await readStream(awsUrl);
    isWatched = false;
    return { endings, stream, received: await received, readings: await readings };
  };
  try {
    const seen = await Promise.race([run(), failed]);
    const code = await host.stop();
    const troubles = code === 0 ? host.troubles : [...host.troubles, `the runtime stopped with the exit code ${code}`];
    const book = readBook(host.data, join(folder, 'book.jsonl'));
    return { folder, story: { groups, requests: client.requests, kills: killed, book, troubles, ...seen } };
  } catch (error) {
    await host.kill();
    throw new Error(`The campaign failed (seed ${seed}). Its files are in ${folder}`, { cause: error });
  }
}

/** Kills the runtime once: during its start, at any time while it runs, or just after a request is sent. Returns which. */
async function killOnce(host: Host, random: Random, nextSend: () => Promise<void>, lifeMs: number): Promise<string> {
  if (!host.isUp() && random.chance(0.25)) {
    const afterMs = random.int(0, STARTING_MS);
    await host.startAndKill(afterMs);
    return `${afterMs} ms after its launch`;
  }
  if (!host.isUp()) await host.start();
  if (random.chance(0.5)) {
    const afterMs = random.int(0, lifeMs);
    await pause(afterMs);
    await host.kill();
    return `${afterMs} ms after it was ready`;
  }
  // Hit a request in flight: around its acceptance, its StartExecution and its response.
  await pause(random.int(0, lifeMs));
  const afterMs = random.int(0, 25);
  await Promise.race([nextSend(), pause(1_000)]);
  await pause(afterMs);
  await host.kill();
  return `${afterMs} ms after a request was sent`;
}

function groupsOf(tenants: readonly string[], each: number): Group[] {
  return tenants.flatMap((tenantId, tenant) =>
    Array.from({ length: each }, (_, index) => ({
      tenantId,
      datasetGroupArn: `${ARN}:dataset-group/${tenantId}-g${index + 1}`,
      hasInteractions: !(tenant === 0 && index === each - 1),
      mayDenyTags: tenant === 1 && index === each - 1,
    })),
  );
}

async function setUp(host: Host, groups: readonly Group[]): Promise<void> {
  const { awsUrl } = await host.running();
  await local({ awsUrl }, 'PUT', '/_simulator/timing', TIMING);
  const personalize = new PersonalizeClient({ ...LOCAL_CLIENT, endpoint: awsUrl });
  for (const { datasetGroupArn, hasInteractions } of groups) {
    const name = datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
    await personalize.send(new CreateDatasetGroupCommand({ name }));
    if (!hasInteractions) continue;
    const schemaArn = `${ARN}:schema/acme-shop-interactions`;
    await personalize.send(new CreateDatasetCommand({ name, schemaArn, datasetGroupArn, datasetType: 'Interactions' }));
  }
  personalize.destroy();
}
