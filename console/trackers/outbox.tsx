import { Json } from '../parts/json.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { Until } from '../parts/time.tsx';
import type { Loaded } from '../parts/use-loaded.ts';
import type { TrackerInternals } from '../protocol.ts';

/** What the record is due for, by its lane. Of a record that waits for admission, it is a place. */
const DUE = { urgent: 'Lease ends', routine: 'Next drift check', admission: 'Place in the queue' } as const;

/** What the record has to deliver, and the record's lease. */
export function Outbox({ internals }: { readonly internals: Loaded<TrackerInternals> }) {
  const { value } = internals;
  if (value === undefined) return <NotLoaded of={internals} />;
  const { outbox, callbacks, epoch, rev, takeOvers, due } = value;
  return (
    <>
      <dl class="facts">
        <dt>{DUE[due.lane]}</dt>
        <dd>{due.lane === 'admission' ? due.at : <Until at={due.at} />}</dd>
        <dt>Epoch, revision</dt>
        <dd>
          {epoch}, {rev}
        </dd>
        <dt>Take-overs</dt>
        <dd>{takeOvers}</dd>
        <dt>Waiting task tokens</dt>
        <dd>{callbacks}</dd>
      </dl>
      {outbox.length === 0 ? (
        <p class="muted">Everything is delivered.</p>
      ) : (
        <>
          <h3>Not delivered yet</h3>
          <Json value={outbox} label="the outbox" />
        </>
      )}
    </>
  );
}
