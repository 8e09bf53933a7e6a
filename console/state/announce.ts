import { signal } from '@preact/signals';

/** What a screen reader is told, and what a message at the bottom of the page shows for a while. */
export const announcement = signal<{ readonly text: string; readonly isFailure: boolean } | undefined>(undefined);

let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string, isFailure = false): void {
  announcement.value = { text, isFailure };
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      announcement.value = undefined;
    },
    isFailure ? 9000 : 4000,
  );
}
