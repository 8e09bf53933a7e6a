import { computed, signal } from '@preact/signals';
import { Icon } from '../parts/icon.tsx';
import { preciseText, Time } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { RequestRow } from '../protocol.ts';
import { connection, requests, version } from '../state/feed.ts';
import { linkTo } from '../state/route.ts';

const sought = signal('');
/** Whether what the console reads by itself is listed, too. */
const isOwnShown = signal(false);

/** Newest first. */
const shown = computed(() => {
  version.value;
  const text = sought.value.trim().toLowerCase();
  return requests
    .filter((row) => isOwnShown.value || !row.isBackground)
    .filter(({ method, target, status, reason = '', requestId }) =>
      `${method} ${target} ${status} ${reason} ${requestId}`.toLowerCase().includes(text),
    )
    .reverse();
});

/** The latest requests to the API. */
export function RequestList({ openNumber }: { readonly openNumber: number | undefined }) {
  const rows = shown.value;
  const isLoading = connection.value.state === 'connecting' && requests.length === 0;
  return (
    <section class="pane list-pane" aria-label="Requests">
      <search class="filters">
        <label class="field-search">
          <span class="hidden-text">Search in method, path, status and reason</span>
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
        <label class="field-check">
          <input
            type="checkbox"
            checked={isOwnShown.value}
            onChange={({ currentTarget }) => {
              isOwnShown.value = currentTarget.checked;
            }}
          />
          What the console reads by itself
        </label>
      </search>
      <p class="summary" aria-live="polite">
        {isLoading ? 'Loading …' : `${rows.length} request${rows.length === 1 ? '' : 's'}, newest first`}
      </p>
      {rows.length === 0 ? (
        <div class="empty">
          {sought.value === '' ? (
            <>
              <p class="empty-title">No requests yet</p>
              <p>Each call of the API appears here: yours, those of the command line, and those of this page.</p>
            </>
          ) : (
            <p>No request fits.</p>
          )}
        </div>
      ) : (
        <VirtualList items={rows} keyOf={({ number }) => String(number)} height={64} label="Requests">
          {(row) => <RequestItem row={row} isOpen={row.number === openNumber} />}
        </VirtualList>
      )}
    </section>
  );
}

/** The status code in the color of its class. */
export function HttpStatus({ status }: { readonly status: number }) {
  const tone = status >= 500 ? 'bad' : status >= 400 ? 'leaving' : 'good';
  return <span class={`badge tone-${tone}`}>{status}</span>;
}

function RequestItem({ row, isOpen }: { readonly row: RequestRow; readonly isOpen: boolean }) {
  const { number, method, target, status, reason, at, durationMs } = row;
  return (
    <a class="tracker" href={linkTo('requests', String(number))} aria-current={isOpen ? 'page' : undefined}>
      <span class="tracker-name" title={target}>
        {method} {target}
      </span>
      <HttpStatus status={status} />
      <span class="tracker-of">{reason ?? (row.isBackground ? 'read by the console' : '')}</span>
      <span class="tracker-state">
        {preciseText(durationMs)} · <Time at={at} />
      </span>
    </a>
  );
}
