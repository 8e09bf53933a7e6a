/** Drawn on a grid of 16, in the color of the text. */
const PATHS = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0',
  trash: 'M2.5 4.5h11M6 4.5V3h4v1.5M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  minus: 'M4 8h8',
  flask: 'M6.2 2h3.6M7 2v4.2L3.2 12.7a1 1 0 0 0 .9 1.5h7.8a1 1 0 0 0 .9-1.5L9 6.2V2M5.2 10h5.6',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  tag: 'M2.5 2.5h5.2l5.8 5.8-5.2 5.2-5.8-5.8zM5.4 5.4h.01',
  back: 'M9.5 3.5L5 8l4.5 4.5',
  system: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  light:
    'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  dark: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  search: 'M11 11l3 3M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6',
  plus: 'M8 3v10M3 8h10',
  compass: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M10.5 5.5L9 9l-3.5 1.5L7 7z',
  down: 'M4 6l4 4 4-4',
  bolt: 'M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z',
} as const;
export type IconName = keyof typeof PATHS;

/** An icon beside a text, or in a button that has a label: it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
