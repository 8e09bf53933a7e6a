import { control } from '../wire/control.ts';
import { datasetGroups, eventTrackersOf, makeDatasetGroup } from '../wire/personalize.ts';

/** The dataset group that a new runtime has, and its tenant. */
const DEMO_GROUP = 'acme-shop';
export const DEMO_TENANT = 'acme';

/** A dataset group without a tracker is one that nobody else uses. */
export const freshGroupName = (): string => `${DEMO_TENANT}-tour-${Date.now().toString(36)}`;

/** The demo dataset group if it has no event tracker, else a new one. @returns its ARN @throws as makeDatasetGroup */
export async function freeGroup(...[onWait, signal]: Wait): Promise<string> {
  const demo = (await datasetGroups()).find(({ name, status }) => name === DEMO_GROUP && status === 'ACTIVE');
  const isFree = demo !== undefined && (await eventTrackersOf(demo.datasetGroupArn)).length === 0;
  return isFree ? demo.datasetGroupArn : makeDatasetGroup(freshGroupName(), onWait, signal);
}
type Wait = Parameters<typeof makeDatasetGroup> extends [string, ...infer Rest] ? Rest : never;

/** What Personalize reports of a dataset group. */
export interface Proof {
  /** Of CreateEventTracker. */
  readonly calls: number;
  readonly lostAnswers: number;
  readonly trackers: number;
}

export async function proofOf(datasetGroupArn: string): Promise<Proof> {
  const { calls } = (await control('GET', '/_simulator/calls')) as {
    calls: { operation: string; parameters: { datasetGroupArn?: string }; outcome: string }[];
  };
  const created = calls.filter(
    ({ operation, parameters }) => operation === 'CreateEventTracker' && parameters.datasetGroupArn === datasetGroupArn,
  );
  return {
    calls: created.length,
    lostAnswers: created.filter(({ outcome }) => outcome === 'lost-answer').length,
    trackers: (await eventTrackersOf(datasetGroupArn)).length,
  };
}
