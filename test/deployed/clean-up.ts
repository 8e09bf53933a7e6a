import { hostname } from 'node:os';
import { type Api, must, pageOf } from './api.ts';
import type { OwnPersonalize } from './aws.ts';
import type { TenantCaller } from './caller.ts';
import type { Journal, Kind, Made } from './journal.ts';
import type { Subscription } from './subscription.ts';

/** What removes the things of a run. All of it is named after the run. */
export interface Remover {
  readonly api: Api;
  readonly tenant: TenantCaller;
  readonly personalize: OwnPersonalize;
  /** Undefined if the run had no subscription. */
  readonly events: Subscription | undefined;
}

/** Removes what is left of a run, the latest first. @returns what could not be removed, each with the reason */
export async function cleanUp(journal: Journal, remover: Remover, say: (line: string) => void): Promise<string[]> {
  const problems: string[] = [];
  for (const made of journal.left()) {
    try {
      await remove(made, remover);
      journal.removed(made.kind, made.id);
      say(`removed the ${made.kind} ${made.id}`);
    } catch (error) {
      // What was made before it may be needed to remove it: another attempt begins here.
      problems.push(`the ${made.kind} ${made.id}: ${error instanceof Error ? error.message : error}`);
      break;
    }
  }
  problems.push(
    ...journal
      .left()
      .slice(problems.length)
      .map(({ kind, id }) => `the ${kind} ${id}`),
  );
  journal.close();
  return problems;
}

function remove({ kind }: Made, { personalize, events, ...service }: Remover): Promise<void> {
  const ofKind: Readonly<Record<Kind, () => Promise<void> | undefined>> = {
    'event tracker': async () => {
      await deleteRequested(service, personalize);
      await personalize.deleteEventTrackers();
    },
    rule: () => events?.deleteRule(),
    queue: () => events?.deleteQueue(),
    dataset: () => personalize.deleteDatasets(),
    'dataset group': () => personalize.deleteDatasetGroup(),
    schema: () => personalize.deleteSchema(),
  };
  return ofKind[kind]() ?? Promise.reject(new Error('run it with --bus-arn, as the run that made it'));
}

/** Deletes the tenant's event tracker in the run's dataset group by the API, so that the service does not continue to work on it. */
async function deleteRequested(
  { api, tenant }: Pick<Remover, 'api' | 'tenant'>,
  personalize: OwnPersonalize,
): Promise<void> {
  const query = new URLSearchParams({ datasetGroupArn: personalize.datasetGroupArn });
  const { eventTrackers } = pageOf(await api.expect(tenant, 200, 'GET', `/event-trackers?${query}`));
  for (const { trackerId } of eventTrackers) {
    await api.expect(tenant, [200, 202], 'DELETE', `/event-trackers/${trackerId}`);
    const { status } = await api.outcomeOf(tenant, trackerId);
    must(['DELETED', 'RELEASED'].includes(status), `after DELETE, ${trackerId} is ${status}`);
  }
}

/** Whether the run that wrote a journal is still going on, on this machine. */
export function isRunning({ run: { pid, host } }: Journal): boolean {
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
