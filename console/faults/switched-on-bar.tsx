import { Icon } from '../parts/icon.tsx';
import { useAction } from '../parts/problem.tsx';
import { linkTo } from '../state/route.ts';
import { switchedOn, switchedOnCount, takeEverythingBack } from './switched-on.ts';

/** In every view: what is broken on purpose, and the button that takes it back. */
export function SwitchedOnBar() {
  const { isRunning, run } = useAction();
  const count = switchedOnCount.value;
  const takeBack = async () => {
    const isDone = await run(takeEverythingBack, 'Everything is taken back.');
    // The button that had the focus is gone.
    if (isDone) document.getElementById('main')?.focus();
  };
  return (
    <>
      <p class="hidden-text" role="status">
        {count > 0 && `${count} switched on`}
      </p>
      {count > 0 && (
        <section class="switched-on tone-leaving" aria-label="Switched on">
          <a href={linkTo('faults')} class="switched-on-count">
            <Icon name="bolt" />
            {count} switched on
          </a>
          <ul>
            {switchedOn.value.slice(0, 12).map(({ key, title, short }) => (
              <li key={key}>
                <b>{title}</b> {short}
              </li>
            ))}
          </ul>
          <button type="button" class="button small" disabled={isRunning} onClick={takeBack}>
            Take everything back
          </button>
        </section>
      )}
    </>
  );
}
