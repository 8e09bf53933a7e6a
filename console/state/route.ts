import { signal } from '@preact/signals';

/** The parts of the address after `#/`, decoded: `#/trackers/et-…/history` is `['trackers', 'et-…', 'history']`. */
export const route = signal(partsOf(location.hash));

addEventListener('hashchange', () => {
  route.value = partsOf(location.hash);
});

function partsOf(hash: string): readonly string[] {
  const path = hash.replace(/^#\/?/, '');
  if (path === '') return ['trackers'];
  return path.split('/').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

export const linkTo = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

export function goTo(...parts: readonly string[]): void {
  location.hash = linkTo(...parts);
}
