import { effect, signal } from '@preact/signals';
import { keepText, keptText } from './storage.ts';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'event-trackers.theme';
const kept = keptText(KEY);

/** The colors that the user chose: those of the system at first. */
export const theme = signal<Theme>(THEMES.find((each) => each === kept) ?? 'system');

effect(() => {
  keepText(KEY, theme.value);
  document.documentElement.dataset.theme = theme.value;
});

export function nextTheme(): void {
  const next = (THEMES.indexOf(theme.value) + 1) % THEMES.length;
  theme.value = THEMES[next] ?? 'system';
}
