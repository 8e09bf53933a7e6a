import { computed, signal } from '@preact/signals';
import { Icon } from '../parts/icon.tsx';
import { Status } from '../parts/status.tsx';
import { Age } from '../parts/time.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import type { ExecutionRow } from '../protocol.ts';
import { executions, trackers, version } from '../state/feed.ts';
import { linkTo } from '../state/route.ts';

const sought = signal('');

/** The tracker and the epoch that the name of an execution has: `TRACKER_ID-EPOCH`. */
export function ownerOf(name: string): { readonly trackerId: string; readonly epoch: number } | undefined {
  const [, trackerId, epoch] = /^(et-[a-z2-7]{26})-(\d+)$/.exec(name) ?? [];
  return trackerId === undefined ? undefined : { trackerId, epoch: Number(epoch) };
}

/** The name of the tracker that an execution works on, or its own name. */
export function titleOf({ name }: ExecutionRow): string {
  const owner = ownerOf(name);
  return (owner && trackers.get(owner.trackerId)?.name) ?? name;
}

/** Newest first. */
export const newestFirst = computed(() => {
  version.value;
  return [...executions.values()].sort(
    (one, other) => other.startedAt - one.startedAt || (one.name < other.name ? 1 : -1),
  );
});

const shown = computed(() => {
  const text = sought.value.trim().toLowerCase();
  return newestFirst.value.filter((row) => `${titleOf(row)} ${row.name} ${row.status}`.toLowerCase().includes(text));
});

/** The executions of all state machines, to choose one. */
export function ExecutionList({ chosenArn }: { readonly chosenArn: string | undefined }) {
  return (
    <section class="pane list-pane" aria-label="Executions">
      <search class="filters">
        <label class="field-search">
          <span class="hidden-text">Search executions</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search executions"
            value={sought.value}
            onInput={({ currentTarget }) => {
              sought.value = currentTarget.value;
            }}
          />
        </label>
      </search>
      <p class="summary">
        {shown.value.length} execution{shown.value.length === 1 ? '' : 's'}, newest first
      </p>
      {shown.value.length === 0 ? (
        <p class="empty">{executions.size === 0 ? 'Nothing was executed yet.' : 'No execution fits.'}</p>
      ) : (
        <VirtualList items={shown.value} keyOf={({ executionArn }) => executionArn} height={64} label="Executions">
          {(row) => (
            <a
              class="tracker"
              href={linkTo('machine', row.executionArn)}
              aria-current={row.executionArn === chosenArn ? 'page' : undefined}
            >
              <span class="tracker-name">{titleOf(row)}</span>
              <Status status={row.status} />
              <span class="tracker-of">
                {ownerOf(row.name) ? `epoch ${ownerOf(row.name)?.epoch} · ` : ''}
                {row.state ?? 'not in a state yet'}
              </span>
              <span class="tracker-state">
                <Age since={row.startedAt} /> ago
              </span>
            </a>
          )}
        </VirtualList>
      )}
    </section>
  );
}
