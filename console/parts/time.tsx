import { now } from '../state/clock.ts';

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** `12 s`, `4 min`, `3 h`, `2 d`: one unit, so that the text changes rarely. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** For times that are measured exactly: `38 ms`, `1.24 s`, `2 min`. */
export function preciseText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 100_000 ? `${(ms / 1000).toFixed(2)} s` : durationText(ms);
}

/** The time of the day, and the day if it is another one. The title has the whole time in UTC. */
export function Time({ at }: { readonly at: number }) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now.value).toDateString();
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {isToday ? '' : `${DAY.format(date)} `}
      {CLOCK.format(date)}
    </time>
  );
}

/** How long ago it was. */
export function Age({ since }: { readonly since: number }) {
  const iso = new Date(since).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {durationText(now.value - since)}
    </time>
  );
}

/** The time until then: `in 4 s`, or `now`. */
export function Until({ at }: { readonly at: number }) {
  const left = at - now.value;
  return <span>{left < 500 ? 'now' : `in ${durationText(left)}`}</span>;
}
