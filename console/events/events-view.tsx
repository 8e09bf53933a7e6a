import { signal } from '@preact/signals';
import { Icon } from '../parts/icon.tsx';
import { LoadFailure } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { PatternMatches } from '../protocol.ts';
import { type BusEvent, busEvents, busVersion } from '../state/bus-events.ts';
import { connection } from '../state/feed.ts';
import { linkTo, route } from '../state/route.ts';
import { matchesOf } from '../wire/api.ts';
import { EventDetail } from './event-detail.tsx';

const sought = signal('');
const pattern = signal('');
/** How many of the latest events a pattern is tried on. */
const TRIED = 100;

const fits = ({ detailType, tenantId = '', status = '', trackerId = '', source }: BusEvent): boolean =>
  `${detailType} ${tenantId} ${status} ${trackerId} ${source}`
    .toLowerCase()
    .includes(sought.value.trim().toLowerCase());

/** The latest events on all buses, newest first, and the one that is open beside the list. */
export function EventsView() {
  const [, text] = route.value;
  const number = text === undefined ? undefined : Number(text);
  return (
    <div class={`two-panes ${number === undefined ? '' : 'has-detail'}`}>
      <EventList openNumber={number} />
      {number === undefined ? (
        <section class="pane detail-pane nothing-open" aria-label="Event">
          <p class="muted">Choose an event to see it as a target receives it.</p>
        </section>
      ) : (
        <EventDetail number={number} />
      )}
    </div>
  );
}

function EventList({ openNumber }: { readonly openNumber: number | undefined }) {
  const version = busVersion.value;
  const tried = busEvents.slice(-TRIED);
  const isTrying = pattern.value.trim() !== '';
  const tested = useLoaded<PatternMatches | undefined>(`pattern ${pattern.value}`, version, async () =>
    isTrying ? matchesOf({ pattern: pattern.value, events: tried.map(({ envelope }) => envelope) }) : undefined,
  );
  const matches = tested.value?.matches;
  const matching = new Set(tried.filter((_, at) => matches?.[at]).map(({ number }) => number));
  const rows = (matches ? busEvents.filter(({ number }) => matching.has(number)) : busEvents).filter(fits).reverse();
  return (
    <section class="pane list-pane" aria-label="Events">
      <search class="filters">
        <label class="field-search">
          <span class="hidden-text">Search in detail-type, tenant, status and id</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search"
            value={sought.value}
            onInput={({ currentTarget }) => {
              sought.value = currentTarget.value;
            }}
          />
        </label>
        <label class="field-pattern">
          Event pattern
          <textarea
            rows={3}
            spellcheck={false}
            placeholder={'{"detail": {"data": {"status": ["ACTIVE"]}}}'}
            value={pattern.value}
            onInput={({ currentTarget }) => {
              pattern.value = currentTarget.value;
            }}
          />
        </label>
      </search>
      {tested.value?.invalid !== undefined && <p class="note tone-bad pattern-note">{tested.value.invalid}</p>}
      {tested.error && <LoadFailure error={tested.error} />}
      <p class="summary" aria-live="polite">
        {matches
          ? `${matching.size} of the latest ${tried.length} events would match`
          : `${rows.length} event${rows.length === 1 ? '' : 's'}, newest first`}
      </p>
      {rows.length === 0 ? (
        <p class="empty">{emptyText()}</p>
      ) : (
        <VirtualList items={rows} keyOf={({ number }) => String(number)} height={64} label="Events">
          {(event) => <EventItem event={event} isOpen={event.number === openNumber} />}
        </VirtualList>
      )}
    </section>
  );
}

function emptyText(): string {
  if (busEvents.length > 0) return 'No event fits.';
  return connection.value.state === 'live' ? 'No events yet. Each appears here as it reaches a bus.' : 'Loading …';
}

function EventItem({ event, isOpen }: { readonly event: BusEvent; readonly isOpen: boolean }) {
  const { number, detailType, tenantId, status, source, time } = event;
  return (
    <a class="tracker" href={linkTo('events', String(number))} aria-current={isOpen ? 'page' : undefined}>
      <span class="tracker-name">{detailType}</span>
      {status === undefined ? <span /> : <Status status={status} />}
      <span class="tracker-of">{tenantId ?? source}</span>
      <span class="tracker-state">
        <Time at={Date.parse(time)} />
      </span>
    </a>
  );
}
