import type { ThrottleSettings } from '../../infra/local/personalize/throttle.ts';
import { fleetOf, type Scenario } from './fleet.ts';

/** A bucket for each operation, or one that all share. Which of them Personalize has is not published. */
export const SHAPES = ['each', 'shared'] as const;
export type Shape = (typeof SHAPES)[number];

export const throttleOf = (ratePerSecond: number, shape: Shape, burst = 10): ThrottleSettings => ({
  operations: '*',
  ratePerSecond,
  burst,
  shared: shape === 'shared',
});

/**
 * The setting `admissionRate` for whoever knows the throttle, in trackers a second: a twentieth below the rate if each operation has its bucket. In a shared
 * one, a tracker has five calls.
 */
export const knownRate = (ratePerSecond: number, shape: Shape): number =>
  shape === 'each' ? 0.95 * ratePerSecond : (0.93 * ratePerSecond) / 5;

/** How many seeds a fleet is run with: fewer for larger ones, whose own chances even out. */
export const seedsFor = (trackers: number): number[] =>
  Array.from({ length: trackers <= 50 ? 5 : trackers <= 500 ? 3 : 1 }, (_, index) => index + 1);

/** One tenant's fleet. */
export const onboarding = (
  trackers: number,
  ratePerSecond: number,
  shape: Shape,
  more: Partial<Scenario> = {},
): Scenario => ({
  ...{ trackers: fleetOf({ acme: trackers }), throttle: throttleOf(ratePerSecond, shape), seed: 1 },
  ...more,
});
