import { Copy } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { Json } from '../parts/json.tsx';
import { LoadFailure } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { Age, Until } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { busEvents, busVersion } from '../state/bus-events.ts';
import { trackers, version } from '../state/feed.ts';
import { goTo, linkTo } from '../state/route.ts';
import { api, type EventTracker, internalsOf } from '../wire/api.ts';
import { Actions } from './actions.tsx';
import { Executions } from './executions.tsx';
import { History } from './history.tsx';
import { Outbox } from './outbox.tsx';
import { TrackerEvents } from './tracker-events.tsx';

const TABS = [
  { id: 'resource', label: 'Resource' },
  { id: 'history', label: 'History' },
  { id: 'executions', label: 'Executions' },
  { id: 'events', label: 'Events' },
  { id: 'outbox', label: 'Outbox' },
];

/** One event tracker: its resource as the API returns it, its history, executions, events and outbox. */
export function TrackerDetail({ trackerId, tab = 'resource' }: { readonly trackerId: string; readonly tab?: string }) {
  version.value;
  busVersion.value;
  const row = trackers.get(trackerId);
  const revision = row?.rev ?? 0;
  const resource = useLoaded(`resource ${trackerId}`, revision, () => api.describe(trackerId));
  const internals = useLoaded(`internals ${trackerId}`, version.value, () => internalsOf(trackerId));
  const events = busEvents.filter((event) => event.trackerId === trackerId);
  const counts: Readonly<Record<string, number | undefined>> = {
    executions: internals.value?.executions.length,
    events: events.length,
    outbox: row?.outbox,
  };
  const { value } = resource;
  const name = value?.name ?? row?.name ?? trackerId;
  return (
    <section class="pane detail-pane" aria-label={`Event tracker ${name}`}>
      <header class="detail-head">
        <a class="button quiet square only-narrow" href={linkTo('trackers')} aria-label="All event trackers">
          <Icon name="back" />
        </a>
        <h2>{name}</h2>
        {row && <Status status={row.status} />}
        <p class="detail-id">
          <span class="code">{trackerId}</span>
          <Copy text={() => trackerId} label="Copy the id" />
        </p>
        {value && <Actions tracker={value} />}
      </header>
      {value && <Progress tracker={value} text={row?.waitingFor} />}
      {value && <Failures tracker={value} />}
      {resource.error && <LoadFailure error={resource.error} />}
      <Tabs
        label="Parts of the event tracker"
        tabs={TABS.map((each) => ({ ...each, count: counts[each.id] }))}
        chosen={tab}
        onChoose={(id) => goTo('trackers', trackerId, id)}
      >
        {tab === 'history' && <History trackerId={trackerId} revision={revision} />}
        {tab === 'executions' && <Executions internals={internals} />}
        {tab === 'events' && <TrackerEvents events={events} />}
        {tab === 'outbox' && <Outbox internals={internals} />}
        {tab === 'resource' && value && <Resource tracker={value} />}
      </Tabs>
    </section>
  );
}

function Resource({ tracker }: { readonly tracker: EventTracker }) {
  const { tags, desiredTags } = tracker;
  return (
    <>
      <dl class="facts">
        <dt>Tenant</dt>
        <dd>{tracker.tenantId}</dd>
        <dt>Dataset group</dt>
        <dd class="code">{tracker.datasetGroupArn}</dd>
        <dt>Generation</dt>
        <dd>{tracker.generation}</dd>
        <dt>Changed</dt>
        <dd>
          <Age since={Date.parse(tracker.lastUpdatedDateTime)} /> ago
        </dd>
        <dt>Tags</dt>
        <dd>
          {tags.length === 0 && 'none'}
          {tags.map(({ tagKey, tagValue }) => (
            <span class="tag" key={tagKey}>
              {tagKey}={tagValue}
            </span>
          ))}
          {desiredTags && (
            <p class="muted">
              Requested: {desiredTags.map(({ tagKey, tagValue }) => `${tagKey}=${tagValue}`).join(', ') || 'none'}
            </p>
          )}
        </dd>
      </dl>
      <h3>As the API returns it</h3>
      <Json value={tracker} label="the resource" />
    </>
  );
}

function Progress({ tracker: { progress, status }, text }: { readonly tracker: EventTracker; readonly text?: string }) {
  if (progress === undefined) return null;
  const { waitingFor, attempt, nextPollAt } = progress;
  return (
    <div class={`note ${status.startsWith('DELETE') ? 'tone-leaving' : 'tone-progress'}`}>
      <p class="note-title">Waiting for {text ?? waitingFor}</p>
      <p class="muted">
        Next poll <Until at={Date.parse(nextPollAt)} />
        {attempt > 0 && ` · create call ${attempt}`}
      </p>
    </div>
  );
}

function Failures({ tracker: { failure, updateFailure } }: { readonly tracker: EventTracker }) {
  return (
    <>
      {[failure, updateFailure].map(
        (each) =>
          each && (
            <div class="note tone-bad" key={each.code}>
              <p class="note-title">
                {each === updateFailure ? 'The change of tags failed' : 'Failed'} <span class="code">{each.code}</span>
              </p>
              <p>{each.reason}</p>
              <p>{each.remedy}</p>
              {each.awsRequestId && (
                <p class="muted">
                  {each.awsError} · AWS request <span class="code">{each.awsRequestId}</span>
                </p>
              )}
            </div>
          ),
      )}
    </>
  );
}
