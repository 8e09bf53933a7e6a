import type { Governor } from '../../functions/gateways/governors.ts';
import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { requestEventTracker } from '../../functions/requests/request-event-tracker.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { AWS_SETTINGS, DEFAULT_ADMISSION_RATE } from '../../functions/tracker/settings.ts';
import { CheckDatasetGroup } from '../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../functions/workflow/CreateEventTracker.lambda.ts';
import { admitWaiting } from '../../functions/workflow/governor.ts';
import { Observe } from '../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../functions/workflow/PublishEvents.lambda.ts';
import { runTask } from '../../functions/workflow/task.ts';
import type { System } from './fleet.ts';
import { Machine } from './machine.ts';
import { groupArn } from './personalize.ts';
import { TimedAdmissionStore, TimedStore } from './store.ts';
import { TIMING, varied } from './timing.ts';

const log = { info() {}, warn() {}, error() {} };
const SWEEP_MS = 60_000;

/** This service: its requests, tasks, decisions, state machine and sweeper. Only AWS is simulated. */
export const PRODUCT: System = {
  name: 'event-trackers',
  start({ trackers, admissionRate = DEFAULT_ADMISSION_RATE }, { clock, random, personalize, noticed }) {
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
    const admissions = new TimedAdmissionStore(() => clock.sleep(varied(TIMING.tableMs, random)), admissionRate);
    const governors = {
      async start(governor: Governor) {
        void governorMachine.run({ version: 1, ...governor });
      },
    };
    const paced = { ...dependencies, admission: { admissions, governors } };
    const machine = new Machine(
      'event-tracker-lifecycle',
      {
        Observe: (input) => runTask(Observe, paced, input),
        CheckDatasetGroup: (input) => runTask(CheckDatasetGroup, paced, input),
        CreateEventTracker: (input) => runTask(CreateEventTracker, paced, input),
        PublishEvents: (input) => runTask(PublishEvents, paced, input),
      },
      { clock, random, timing: TIMING },
    );
    const workflow = {
      async start({ trackerId, epoch }: { trackerId: string; epoch: number }) {
        void machine.run({ version: 1, trackerId, epoch });
      },
    };
    const governorMachine = new Machine(
      'event-tracker-admission',
      { AdmitWaiting: (input) => admitWaiting({ ...dependencies, workflow, admissions, governors }, input) },
      { clock, random, timing: TIMING },
    );
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
        await sweep({ ...paced, workflow }, {});
      }
    };
    void sweeps();
    return {
      costs: () => ({
        writes: store.writes + admissions.writes,
        transitions: machine.transitions + governorMachine.transitions,
        waits: machine.waits,
        recordBytes: store.recordBytes(),
      }),
      isIdle: () => machine.running === 0,
    };
  },
};
