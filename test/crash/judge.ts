import { judgeEvents } from './judge-events.ts';
import { judgeRequests } from './judge-requests.ts';
import { judgeTags } from './judge-tags.ts';
import type { Reading, Story, Violation } from './story.ts';

/** Returns every violation in a story. A pure function. */
export function judge(story: Story): Violation[] {
  return [
    ...story.troubles.map((message) => ({ message })),
    ...judgeRequests(story),
    ...judgeTags(story),
    ...judgeTrackers(story),
    ...judgeEvents(story),
  ];
}

/**
 * Checks that a dataset group never has two trackers, in readings or in Personalize's own list, and that each request creates at most one.
 */
function judgeTrackers({ groups, readings, book, endings }: Story): Violation[] {
  const violations: Violation[] = [];
  for (const { datasetGroupArn } of groups) {
    const reading = readings.find((each) => trackersOn(each, datasetGroupArn).length > 1);
    if (reading) {
      const arns = trackersOn(reading, datasetGroupArn).map(({ eventTrackerArn }) => eventTrackerArn);
      violations.push({ datasetGroupArn, message: `two trackers at the same time: ${arns.join(', ')}` });
    }
    const booked = book
      .filter((tracker) => tracker.datasetGroupArn === datasetGroupArn)
      .sort((left, right) => left.createdAt - right.createdAt);
    for (const [index, later] of booked.entries()) {
      const earlier = booked[index - 1];
      if (earlier && (earlier.goneAt ?? Number.POSITIVE_INFINITY) > later.createdAt) {
        const message = `${later.eventTrackerArn} was created while ${earlier.eventTrackerArn} existed`;
        violations.push({ datasetGroupArn, message });
      }
    }
    const generation = endings.find((ending) => ending.datasetGroupArn === datasetGroupArn)?.resource?.generation ?? 0;
    if (booked.length > generation) {
      violations.push({ datasetGroupArn, message: `${booked.length} trackers were created by ${generation} requests` });
    }
  }
  return violations;
}

const trackersOn = ({ trackers }: Reading, datasetGroupArn: string) =>
  trackers.filter((tracker) => tracker.datasetGroupArn === datasetGroupArn);
