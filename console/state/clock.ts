import { signal } from '@preact/signals';

/** The present time, which ticks once a second while the page is visible. Every relative time on the page follows it. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) now.value = Date.now();
});
