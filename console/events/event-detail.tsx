import { Icon } from '../parts/icon.tsx';
import { Json } from '../parts/json.tsx';
import { Status } from '../parts/status.tsx';
import { busEvents, busVersion } from '../state/bus-events.ts';
import { linkTo } from '../state/route.ts';

/** One event as a target receives it. */
export function EventDetail({ number }: { readonly number: number }) {
  busVersion.value;
  const event = busEvents.find((each) => each.number === number);
  if (event === undefined) {
    return (
      <section class="pane detail-pane" aria-label="Event">
        <p class="muted">The page has only the latest 500 events, and not this one.</p>
      </section>
    );
  }
  return (
    <section class="pane detail-pane" aria-label={`Event ${number}`}>
      <header class="detail-head">
        <a class="button quiet square only-narrow" href={linkTo('events')} aria-label="All events">
          <Icon name="back" />
        </a>
        <h2>{event.detailType}</h2>
        {event.status !== undefined && <Status status={event.status} />}
      </header>
      {event.trackerId !== undefined && (
        <p class="event-of">
          <a href={linkTo('trackers', event.trackerId)}>Open its event tracker</a>
        </p>
      )}
      <Json key={number} value={event.envelope} label={`event ${number}`} />
    </section>
  );
}
