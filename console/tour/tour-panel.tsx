import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { requestForm } from '../request-form/open.ts';
import { connection } from '../state/feed.ts';
import { Ask, Count, Lose, Watch } from './steps.tsx';
import { decline, isOffered, leaveTour, startTour, type Tour, tour } from './tour.ts';

const STEPS: readonly { readonly title: string; readonly step: ComponentType<{ readonly tour: Tour }> }[] = [
  { title: 'Ask for an event tracker', step: Ask },
  { title: 'Watch it go ACTIVE', step: Watch },
  { title: 'Lose an answer', step: Lose },
  { title: 'See that only one was made', step: Count },
];

/** At the first visit. */
export function TourOffer() {
  if (!isOffered.value || connection.value.state !== 'live') return null;
  return (
    <section class="tour-offer" aria-label="Guided tour">
      <p>New here? In four steps you ask for an event tracker, lose an answer, and see that only one was made.</p>
      <div class="actions">
        <button type="button" class="button small primary" onClick={startTour}>
          Take the tour
        </button>
        <button type="button" class="button small" onClick={decline}>
          No, thanks
        </button>
      </div>
    </section>
  );
}

export function TourButton() {
  return (
    <button type="button" class="button quiet square" aria-label="Guided tour" title="Guided tour" onClick={startTour}>
      <Icon name="compass" />
    </button>
  );
}

/** The tour, below the view that it explains: it covers nothing. */
export function TourPanel() {
  const present = tour.value;
  const current = present && STEPS[present.step];
  const title = useRef<HTMLHeadingElement>(null);
  const step = present?.step;
  const isFormOpen = requestForm.value !== undefined;
  useEffect(() => {
    if (!isFormOpen) title.current?.focus();
  }, [step, isFormOpen]);
  if (present === undefined || current === undefined) return null;
  const { step: Step } = current;
  const leave = () => {
    leaveTour();
    document.getElementById('main')?.focus();
  };
  return (
    <section class="tour" aria-label="Guided tour" onKeyDown={({ key }) => key === 'Escape' && leave()}>
      <ol aria-label="Steps">
        {STEPS.map(({ title: each }, at) => (
          <li
            key={each}
            class={at < present.step ? 'is-done' : undefined}
            aria-current={at === step ? 'step' : undefined}
          >
            <span class="tour-number">{at < present.step ? <Icon name="check" /> : at + 1}</span>
            <span>{each}</span>
          </li>
        ))}
      </ol>
      <div class="tour-step">
        <h2 ref={title} tabIndex={-1}>
          <span class="hidden-text">Step {present.step + 1} of 4: </span>
          {current.title}
        </h2>
        <Step tour={present} />
      </div>
      <button type="button" class="button quiet" onClick={leave}>
        <Icon name="cross" />
        Leave the tour
      </button>
    </section>
  );
}
