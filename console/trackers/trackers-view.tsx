import { route } from '../state/route.ts';
import { TrackerDetail } from './tracker-detail.tsx';
import { TrackerList } from './tracker-list.tsx';

/** The list of event trackers, and the one that is open beside it (in its place on a narrow screen). */
export function TrackersView() {
  const [, trackerId, tab] = route.value;
  return (
    <div class={`two-panes ${trackerId === undefined ? '' : 'has-detail'}`}>
      <TrackerList openId={trackerId} />
      {trackerId === undefined ? (
        <section class="pane detail-pane nothing-open" aria-label="Event tracker">
          <p class="muted">Choose an event tracker to see its resource, history, executions and events.</p>
        </section>
      ) : (
        <TrackerDetail key={trackerId} trackerId={trackerId} tab={tab} />
      )}
    </div>
  );
}
