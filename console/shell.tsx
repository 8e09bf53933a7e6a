import type { ComponentType } from 'preact';
import { EventsView } from './events/events-view.tsx';
import { FaultsView } from './faults/faults-view.tsx';
import { SwitchedOnBar } from './faults/switched-on-bar.tsx';
import { MachineView } from './machine/machine-view.tsx';
import { Icon } from './parts/icon.tsx';
import { Time } from './parts/time.tsx';
import { RequestForm } from './request-form/request-form.tsx';
import { RequestsView } from './requests/requests-view.tsx';
import { announcement } from './state/announce.ts';
import { connection, isOutdated } from './state/feed.ts';
import { linkTo, route } from './state/route.ts';
import { nextTheme, theme } from './state/theme.ts';
import { TourButton, TourOffer, TourPanel } from './tour/tour-panel.tsx';
import { TrackersView } from './trackers/trackers-view.tsx';

interface View {
  /** The first part of its address. */
  readonly path: string;
  readonly label: string;
  readonly view: ComponentType;
}

const TRACKERS: View = { path: 'trackers', label: 'Trackers', view: TrackersView };
const VIEWS: readonly View[] = [
  TRACKERS,
  { path: 'machine', label: 'State machine', view: MachineView },
  { path: 'events', label: 'Events', view: EventsView },
  { path: 'requests', label: 'Requests', view: RequestsView },
  { path: 'faults', label: 'Faults', view: FaultsView },
];

export function Shell() {
  const { path, view: Current } = VIEWS.find((each) => each.path === route.value[0]) ?? TRACKERS;
  return (
    <>
      <button type="button" class="skip button" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <h1>
          <img src="/_console/icon.svg" alt="" width="22" height="22" />
          Event trackers
        </h1>
        <nav aria-label="Views">
          {VIEWS.map((each) => (
            <a key={each.path} href={linkTo(each.path)} aria-current={each.path === path ? 'page' : undefined}>
              {each.label}
            </a>
          ))}
        </nav>
        <div class="top-state">
          <span
            class="simulated"
            title="Amazon Personalize and the other AWS services are simulated on this machine. Nothing reaches AWS."
          >
            <Icon name="flask" />
            <span>
              <span class="only-wide">Personalize is </span>simulated
            </span>
          </span>
          <ConnectionSign />
          <TourButton />
          <button
            type="button"
            class="button quiet square"
            onClick={nextTheme}
            aria-label={`Colors: ${theme.value}`}
            title={`Colors: ${theme.value}`}
          >
            <Icon name={theme.value} />
          </button>
        </div>
      </header>
      <LostConnection />
      <SwitchedOnBar />
      <TourOffer />
      <main id="main" tabIndex={-1}>
        <Current />
      </main>
      <TourPanel />
      <RequestForm />
      <div class="announcement" role="status" aria-live="polite">
        {announcement.value && (
          <p class={announcement.value.isFailure ? 'tone-bad' : undefined}>{announcement.value.text}</p>
        )}
      </div>
    </>
  );
}

const SIGNS = { connecting: 'Connecting', live: 'Live', lost: 'Offline' } as const;

function ConnectionSign() {
  const { state } = connection.value;
  return (
    <span class={`connection is-${state}`} role="status">
      {SIGNS[state]}
    </span>
  );
}

/** Says that what is shown is old, or that the page itself is. */
function LostConnection() {
  const present = connection.value;
  if (present.state === 'lost') {
    return (
      <div class="banner tone-leaving" role="alert">
        The runtime does not answer. This is the state of <Time at={present.since} />. The page connects again by itself
        as soon as the runtime runs (<span class="code">npm start</span>).
      </div>
    );
  }
  if (!isOutdated.value) return null;
  return (
    <div class="banner tone-progress">
      The runtime was updated.{' '}
      <button type="button" class="link" onClick={() => location.reload()}>
        Load the new console
      </button>
    </div>
  );
}
