import { signal } from '@preact/signals';
import { announce } from '../state/announce.ts';
import { keepText, keptText } from '../state/storage.ts';
import { control, takeBackFaultsOf } from '../wire/control.ts';

/** Where the guided tour is. */
export interface Tour {
  /** Counted from 0. */
  readonly step: number;
  /** The event tracker of the first two steps. */
  readonly watched?: string;
  /** The dataset group for which an answer gets lost. The tour made it, so its fault concerns nothing else. */
  readonly datasetGroupArn?: string;
  /** The event tracker whose creation has its answer lost. */
  readonly lost?: string;
}

const SEEN = 'event-trackers.tour';

export const tour = signal<Tour | undefined>(undefined);
/** At the first visit. */
export const isOffered = signal(keptText(SEEN) === undefined);

let leaving = new AbortController();
/** Aborts when the tour is left. */
export const tourSignal = (): AbortSignal => leaving.signal;

export function decline(): void {
  isOffered.value = false;
  keepText(SEEN, 'yes');
}

export function startTour(): void {
  decline();
  leaveTour();
  tour.value = { step: 0 };
}

/** Ends the tour, at its end or in the middle, and takes back what it has switched on. */
export function leaveTour(): void {
  leaving.abort();
  leaving = new AbortController();
  takeBack();
  tour.value = undefined;
}

export function goOn(more: Partial<Tour>): void {
  if (tour.value !== undefined) tour.value = { ...tour.value, ...more };
}

/** Loses the answer of the next CreateEventTracker of a dataset group. @throws ApiProblem, Unreachable */
export async function loseAnswer(datasetGroupArn: string): Promise<void> {
  const signal = tourSignal();
  goOn({ datasetGroupArn });
  const fault = { service: 'personalize', operation: 'CreateEventTracker', fault: 'lost-answer', datasetGroupArn };
  await control('POST', '/_faults', fault);
  // The tour was left meanwhile.
  if (signal.aborted) await takeBackFaultsOf(datasetGroupArn);
}

function takeBack(): void {
  const datasetGroupArn = tour.value?.datasetGroupArn;
  if (datasetGroupArn === undefined) return;
  takeBackFaultsOf(datasetGroupArn).catch(() =>
    announce('The runtime does not answer: the fault of the tour may still be switched on.', true),
  );
}

addEventListener('pagehide', takeBack);
