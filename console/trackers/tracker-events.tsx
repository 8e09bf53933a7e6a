import { Json } from '../parts/json.tsx';
import { Time } from '../parts/time.tsx';
import type { BusEvent } from '../state/bus-events.ts';

/** The events of a tracker, newest first. */
export function TrackerEvents({ events }: { readonly events: readonly BusEvent[] }) {
  if (events.length === 0) return <p class="muted">No event of this event tracker was published yet.</p>;
  return (
    <ol class="timeline">
      {events.toReversed().map((event) => (
        <li key={event.number}>
          <details>
            <summary>
              <span>{event.detailType}</span>
              {event.status && <span class="muted">{event.status}</span>}
              <span class="muted">
                <Time at={Date.parse(event.time)} />
              </span>
            </summary>
            <Json value={event.envelope} label={`event ${event.number}`} />
          </details>
        </li>
      ))}
    </ol>
  );
}
