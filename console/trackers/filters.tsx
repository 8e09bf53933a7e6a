import { computed, signal } from '@preact/signals';
import { Icon } from '../parts/icon.tsx';
import type { TrackerRow } from '../protocol.ts';
import { trackers, version } from '../state/feed.ts';

export const tenant = signal('');
export const status = signal('');
export const text = signal('');

/** Deleted and released trackers are left out, as in the API's lists, unless their status is chosen. */
const GONE = ['DELETED', 'RELEASED'];
const STATUSES = [
  'CREATE PENDING',
  'CREATE IN_PROGRESS',
  'ACTIVE',
  'CREATE FAILED',
  'DELETE PENDING',
  'DELETE IN_PROGRESS',
  ...GONE,
];

const tenants = computed(() => {
  version.value;
  return [...new Set([...trackers.values()].map(({ tenantId }) => tenantId))].sort();
});

function fits(row: TrackerRow): boolean {
  if (tenant.value !== '' && row.tenantId !== tenant.value) return false;
  if (status.value === '' ? GONE.includes(row.status) : row.status !== status.value) return false;
  const sought = text.value.trim().toLowerCase();
  const { name, datasetGroupArn, trackerId, failureCode = '' } = row;
  return sought === '' || `${name} ${datasetGroupArn} ${trackerId} ${failureCode}`.toLowerCase().includes(sought);
}

/** The trackers that fit the filters, newest request first: an order in which a change moves nothing. */
export const shown = computed(() => {
  version.value;
  return [...trackers.values()]
    .filter(fits)
    .sort((one, other) => other.createdAt - one.createdAt || (one.trackerId < other.trackerId ? -1 : 1));
});

export const isFiltered = computed(() => tenant.value !== '' || status.value !== '' || text.value !== '');

export function clearFilters(): void {
  tenant.value = '';
  status.value = '';
  text.value = '';
}

export function Filters() {
  return (
    <search class="filters">
      <label class="field-search">
        <span class="hidden-text">Search in name, dataset group, id and failure</span>
        <Icon name="search" />
        <input
          type="search"
          placeholder="Search"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      <label>
        <span class="hidden-text">Tenant</span>
        <select
          value={tenant.value}
          onChange={({ currentTarget }) => {
            tenant.value = currentTarget.value;
          }}
        >
          <option value="">All tenants</option>
          {tenants.value.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label>
        <span class="hidden-text">Status</span>
        <select
          value={status.value}
          onChange={({ currentTarget }) => {
            status.value = currentTarget.value;
          }}
        >
          <option value="">Any status</option>
          {STATUSES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
    </search>
  );
}
