import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { requestEventTracker } from '../../functions/requests/request-event-tracker.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { CheckDatasetGroup } from '../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../functions/workflow/CreateEventTracker.lambda.ts';
import { Observe } from '../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../functions/workflow/PublishEvents.lambda.ts';
import { runTask } from '../../functions/workflow/task.ts';
import type { System } from './fleet.ts';
import { Machine } from './machine.ts';
import { groupArn } from './personalize.ts';
import { TimedStore } from './store.ts';
import { TIMING, varied } from './timing.ts';

const log = { info() {}, warn() {}, error() {} };
const SWEEP_MS = 60_000;

/** This service: its requests, tasks, decisions, state machine and sweeper. Only AWS is simulated. */
export const PRODUCT: System = {
  name: 'event-trackers',
  start({ trackers }, { clock, random, personalize, noticed }) {
    const groupOf = new Map(trackers.map(({ group }) => [trackerIdOf(groupArn(group)), group]));
    const store = new TimedStore(
      () => clock.sleep(varied(TIMING.tableMs, random)),
      ({ trackerId, status }) => {
        if (status === 'ACTIVE') noticed(groupOf.get(trackerId) ?? '');
      },
    );
    const dependencies = {
      ...{ store, settings: AWS_SETTINGS, now: clock.now, random, log },
      personalize: createPersonalizeGateway(personalize.client, 'bench'),
      bus: {
        async put(events: readonly { readonly id: string }[]) {
          await clock.sleep(varied(TIMING.tableMs, random));
          return { taken: events.map(({ id }) => id), refused: [] };
        },
      },
    };
    const machine = new Machine(
      'event-tracker-lifecycle',
      {
        Observe: (input) => runTask(Observe, dependencies, input),
        CheckDatasetGroup: (input) => runTask(CheckDatasetGroup, dependencies, input),
        CreateEventTracker: (input) => runTask(CreateEventTracker, dependencies, input),
        PublishEvents: (input) => runTask(PublishEvents, dependencies, input),
      },
      { clock, random, timing: TIMING },
    );
    const workflow = {
      async start({ trackerId, epoch }: { trackerId: string; epoch: number }) {
        void machine.run({ version: 1, trackerId, epoch });
      },
    };
    const requests = { ...dependencies, workflow, logStartFailure() {} };
    for (const { tenantId, group, afterMs } of trackers) {
      const datasetGroupArn = groupArn(group);
      void clock.sleep(afterMs).then(() =>
        requestEventTracker(requests, {
          ...{ name: group, datasetGroupArn, trackerId: trackerIdOf(datasetGroupArn), tenantId, tags: [] },
          ...{ adoptExisting: false, correlationId: group, key: { key: group, body: 'b' } },
        }),
      );
    }
    const sweeps = async () => {
      for (;;) {
        await clock.sleep(SWEEP_MS);
        await sweep({ ...dependencies, workflow }, {});
      }
    };
    void sweeps();
    return {
      costs: () => ({ writes: store.writes, transitions: machine.transitions, waits: machine.waits }),
      isIdle: () => machine.running === 0,
    };
  },
};
