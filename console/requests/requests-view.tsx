import { route } from '../state/route.ts';
import { RequestDetail } from './request-detail.tsx';
import { RequestList } from './request-list.tsx';

/** The latest requests to the API, and the one that is open beside the list. */
export function RequestsView() {
  const [, text] = route.value;
  const number = text === undefined ? undefined : Number(text);
  return (
    <div class={`two-panes ${number === undefined ? '' : 'has-detail'}`}>
      <RequestList openNumber={number} />
      {number === undefined ? (
        <section class="pane detail-pane nothing-open" aria-label="Request">
          <p class="muted">Choose a request to see what was sent and what was answered.</p>
        </section>
      ) : (
        <RequestDetail key={number} number={number} />
      )}
    </div>
  );
}
