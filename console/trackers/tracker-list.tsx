import { Icon } from '../parts/icon.tsx';
import { Status } from '../parts/status.tsx';
import { Age, Until } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { TrackerRow } from '../protocol.ts';
import { openRequestForm } from '../request-form/open.ts';
import { connection, trackers, version } from '../state/feed.ts';
import { linkTo } from '../state/route.ts';
import { clearFilters, Filters, isFiltered, shown } from './filters.tsx';

/** The name of a dataset group, which is the last part of its ARN. */
export const groupOf = (datasetGroupArn: string): string => datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);

export function TrackerList({ openId }: { readonly openId: string | undefined }) {
  const rows = shown.value;
  version.value;
  const all = trackers.size;
  return (
    <section class="pane list-pane" aria-label="Event trackers">
      {all > 0 && (
        <div class="list-head">
          <RequestButton />
        </div>
      )}
      <Filters />
      <p class="summary" aria-live="polite">
        {connection.value.state === 'connecting' && all === 0
          ? 'Loading …'
          : `${rows.length} of ${all} event tracker${all === 1 ? '' : 's'}`}
        {isFiltered.value && (
          <button type="button" class="link" onClick={clearFilters}>
            Clear filters
          </button>
        )}
      </p>
      {rows.length === 0 ? (
        <NothingListed all={all} />
      ) : (
        <VirtualList items={rows} keyOf={({ trackerId }) => trackerId} height={64} label="Event trackers">
          {(row) => <TrackerItem row={row} isOpen={row.trackerId === openId} />}
        </VirtualList>
      )}
    </section>
  );
}

/** Moves the focus to the next or the previous tracker. */
function onKeyDown(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return;
  const item = event.currentTarget.closest('[data-index]');
  const index = Number(item?.getAttribute('data-index')) + step;
  const next = item?.parentElement?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

function TrackerItem({ row, isOpen }: { readonly row: TrackerRow; readonly isOpen: boolean }) {
  const { trackerId, name, tenantId, datasetGroupArn, status, waitingFor, nextPollAt, failureCode, createdAt } = row;
  return (
    <a
      class="tracker"
      href={linkTo('trackers', trackerId)}
      aria-current={isOpen ? 'page' : undefined}
      onKeyDown={onKeyDown}
    >
      <span class="tracker-name">{name}</span>
      <Status status={status} />
      <span class="tracker-of">
        {tenantId} · {groupOf(datasetGroupArn)}
      </span>
      <span class="tracker-state">
        {waitingFor !== undefined && nextPollAt !== undefined ? (
          <span class="waits" title={`Waiting for ${waitingFor}`}>
            next poll <Until at={nextPollAt} />
          </span>
        ) : (
          (failureCode ?? (
            <>
              <Age since={createdAt} /> ago
            </>
          ))
        )}
      </span>
    </a>
  );
}

function NothingListed({ all }: { readonly all: number }) {
  if (connection.value.state !== 'live' && all === 0) {
    return (
      <div class="skeleton" aria-hidden="true">
        {[0, 1, 2, 3, 4].map((each) => (
          <span key={each} />
        ))}
      </div>
    );
  }
  if (isFiltered.value) return <p class="empty">No event tracker fits these filters.</p>;
  return (
    <div class="empty">
      <p class="empty-title">No event trackers yet</p>
      <p>Request one, and watch it become ACTIVE here.</p>
      <RequestButton />
    </div>
  );
}

function RequestButton() {
  return (
    <button type="button" class="button primary" onClick={() => openRequestForm()}>
      <Icon name="plus" />
      Request an event tracker
    </button>
  );
}
