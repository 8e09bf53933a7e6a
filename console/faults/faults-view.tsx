import { Icon } from '../parts/icon.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { useAction } from '../parts/problem.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import type { FaultService } from '../protocol.ts';
import { runtime } from '../state/feed.ts';
import { callPath } from '../wire/http.ts';
import { AnyFault } from './any-fault.tsx';
import { BehindOurBack } from './behind-our-back.tsx';
import { RunNow } from './run-now.tsx';
import { Settings } from './settings.tsx';
import { SERVICE_NAMES, type SwitchedOn, switchedOn, switchedOnCount } from './switched-on.ts';
import { UsualFaults } from './usual-faults.tsx';

const loadCatalog = async (): Promise<readonly FaultService[]> =>
  ((await callPath('GET', '/_console/faults')) as FaultService[]).sort(
    (one, other) => SERVICE_NAMES.indexOf(one.service) - SERVICE_NAMES.indexOf(other.service),
  );

/** Everything that can be broken on purpose. */
export function FaultsView() {
  const catalog = useLoaded(`faults ${runtime.value?.startedAt}`, 0, loadCatalog);
  const services = catalog.value ?? [];
  return (
    <section class="pane faults-pane" aria-label="Faults">
      <header class="faults-head">
        <h2>Break it on purpose</h2>
        <p class="muted">
          Personalize and the other AWS services are simulated, so they fail when you say so. What you switch on is seen
          by everyone who uses this runtime, and survives its restart.
        </p>
      </header>
      {catalog.value === undefined && <NotLoaded of={catalog} />}
      <SwitchedOnList />
      {catalog.value && (
        <>
          <section class="card" aria-labelledby="usual-faults">
            <h3 id="usual-faults">The usual faults</h3>
            <UsualFaults services={services.map(({ service }) => service)} />
          </section>
          <section class="card" aria-labelledby="any-fault">
            <h3 id="any-fault">Any fault</h3>
            <AnyFault catalog={services} />
          </section>
        </>
      )}
      <Settings />
      <BehindOurBack />
      <RunNow />
    </section>
  );
}

/** What is switched on, to take back one by one. */
function SwitchedOnList() {
  const rows = switchedOn.value;
  const hidden = switchedOnCount.value - rows.length;
  return (
    <section class="card" aria-labelledby="switched-on">
      <h3 id="switched-on">
        Switched on <span class="count">{switchedOnCount.value}</span>
      </h3>
      {rows.length === 0 && <p class="muted">Nothing: the services do what AWS documents.</p>}
      <ul class="switched-on-list">
        {rows.map((row) => (
          <SwitchedOnItem key={row.key} row={row} />
        ))}
      </ul>
      {hidden > 0 && <p class="muted">And {hidden} that were switched on earlier.</p>}
    </section>
  );
}

function SwitchedOnItem({ row: { title, text, takeBack } }: { readonly row: SwitchedOn }) {
  const { isRunning, run } = useAction();
  return (
    <li>
      <div>
        <p class="usual-fault-title">{title}</p>
        <p class="muted">{text}</p>
      </div>
      <button
        type="button"
        class="button quiet square"
        aria-label={`Take back: ${title}, ${text}`}
        title="Take back"
        disabled={isRunning}
        onClick={() => run(takeBack)}
      >
        <Icon name="cross" />
      </button>
    </li>
  );
}
