import { signal } from '@preact/signals';

/** What the form begins with: properties of the request, by their names in the API. */
export type InitialRequest = Readonly<Record<string, unknown>>;

/** What the open form began with; undefined while it is closed. */
export const requestForm = signal<InitialRequest | undefined>(undefined);

/** The event tracker that the form has requested last. */
export const requested = signal<string | undefined>(undefined);

/**
 * Opens the form that requests an event tracker, over whichever view is shown. When the API has accepted the request, the form closes and
 * the new event tracker is opened.
 * @param initial values to begin with, for example `{ name: 'shop', datasetGroupArn: 'arn:…' }`
 */
export function openRequestForm(initial: InitialRequest = {}): void {
  requestForm.value = initial;
}

export function closeRequestForm(): void {
  requestForm.value = undefined;
}
