import { computed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import type { TrackerRow } from '../protocol.ts';
import { trackers, version } from '../state/feed.ts';
import { linkTo } from '../state/route.ts';
import { groupOf } from '../trackers/tracker-list.tsx';
import { api } from '../wire/api.ts';
import { asProblem } from '../wire/control.ts';
import { callAws } from '../wire/http.ts';
import { Choice } from './fields.tsx';

const active = computed(() => {
  version.value;
  return [...trackers.values()]
    .filter(({ status }) => status === 'ACTIVE')
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(0, 500);
});

/** Calls Personalize as somebody else does who does not know of the service. */
async function callPersonalize(operation: string, trackerId: string, inputOf: (arn: string) => object): Promise<void> {
  const { eventTrackerArn, datasetGroupArn } = await api.describe(trackerId);
  if (eventTrackerArn === undefined) throw new Error('The event tracker is no longer ACTIVE.');
  const [, , , region = '', accountId = ''] = datasetGroupArn.split(':');
  try {
    await callAws(`AmazonPersonalize.${operation}`, inputOf(eventTrackerArn), { accountId, region });
  } catch (error) {
    throw asProblem(error);
  }
}

/** Changes a tracker in Personalize without the service, which finds out by the drift check. */
export function BehindOurBack() {
  const [chosen, setChosen] = useState('');
  /** The last one: the drift check may end it, and then it can't be chosen any more. */
  const [changed, setChanged] = useState<TrackerRow | undefined>(undefined);
  const { isRunning, problem, run } = useAction();
  const rows = active.value;
  const tracker = rows.find(({ trackerId }) => trackerId === chosen) ?? rows[0];
  const act = (operation: string, inputOf: (arn: string) => object, done: string) => async () => {
    if (tracker === undefined) return;
    if (await run(() => callPersonalize(operation, tracker.trackerId, inputOf), done)) setChanged(tracker);
  };
  return (
    <section class="card" aria-labelledby="behind">
      <h3 id="behind">Behind the service's back</h3>
      <p class="muted">
        Someone changes an event tracker in Personalize without the service. The drift check finds it, and publishes an
        event that says so.
      </p>
      {tracker === undefined ? (
        <p class="muted">No event tracker is ACTIVE.</p>
      ) : (
        <>
          <div class="one-field">
            <Choice
              label="Event tracker"
              name="eventTrackerArn"
              problem={problem}
              value={tracker.trackerId}
              values={rows.map((row) => [row.trackerId, `${row.name} · ${groupOf(row.datasetGroupArn)}`])}
              onChange={setChosen}
            />
          </div>
          <div class="actions">
            <button
              type="button"
              class="button danger"
              disabled={isRunning}
              onClick={act(
                'DeleteEventTracker',
                (eventTrackerArn) => ({ eventTrackerArn }),
                'Personalize deletes it, and the service was not told.',
              )}
            >
              Delete it in Personalize
            </button>
            <button
              type="button"
              class="button"
              disabled={isRunning}
              onClick={act(
                'TagResource',
                (resourceArn) => ({ resourceArn, tags: [{ tagKey: 'changed-by', tagValue: 'somebody else' }] }),
                'It has another tag, and the service was not told.',
              )}
            >
              Add a tag in Personalize
            </button>
          </div>
        </>
      )}
      {problem && <ProblemNote problem={problem} />}
      {changed && (
        <p class="behind-events">
          <a href={linkTo('trackers', changed.trackerId, 'events')}>Events of {changed.name}</a>
        </p>
      )}
    </section>
  );
}
