import { ADMISSION } from './admission.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { ONBOARDING, ONBOARDING_LIST } from './onboarding.ts';

/** The texts of the committed files, by path: strict JSON. */
export const STATE_MACHINES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['statemachine/event-tracker-lifecycle.asl.json', LIFECYCLE] as const,
    ['statemachine/event-tracker-admission.asl.json', ADMISSION] as const,
    ['examples/onboarding/onboarding.asl.json', ONBOARDING] as const,
    ['examples/onboarding/onboarding-list.asl.json', ONBOARDING_LIST] as const,
  ].map(([file, definition]) => [file, `${JSON.stringify(definition, undefined, 2)}\n`]),
);
