import { judgeEvents } from './judge-events.ts';
import { judgeRequests } from './judge-requests.ts';
import type { Reading, Story, Violation } from './story.ts';

/** Everything in a story that must not be. Pure. */
export function judge(story: Story): Violation[] {
  return [
    ...story.troubles.map((told) => ({ told })),
    ...judgeRequests(story),
    ...judgeTrackers(story),
    ...judgeEvents(story),
  ];
}

/** Never two trackers on a group, neither when looked at nor in Personalize's own book; and one wish makes one at most. */
function judgeTrackers({ groups, looks, book, endings }: Story): Violation[] {
  const violations: Violation[] = [];
  for (const { datasetGroupArn } of groups) {
    const look = looks.find((each) => trackersOn(each, datasetGroupArn).length > 1);
    if (look) {
      const arns = trackersOn(look, datasetGroupArn).map(({ eventTrackerArn }) => eventTrackerArn);
      violations.push({ datasetGroupArn, told: `two trackers at once: ${arns.join(', ')}` });
    }
    const booked = book
      .filter((tracker) => tracker.datasetGroupArn === datasetGroupArn)
      .sort((left, right) => left.createdAt - right.createdAt);
    for (const [index, later] of booked.entries()) {
      const earlier = booked[index - 1];
      if (earlier && (earlier.goneAt ?? Number.POSITIVE_INFINITY) > later.createdAt) {
        const told = `${later.eventTrackerArn} was made while ${earlier.eventTrackerArn} was there`;
        violations.push({ datasetGroupArn, told });
      }
    }
    const generation = endings.find((ending) => ending.datasetGroupArn === datasetGroupArn)?.resource?.generation ?? 0;
    if (booked.length > generation) {
      violations.push({ datasetGroupArn, told: `${booked.length} trackers were made by ${generation} wishes` });
    }
  }
  return violations;
}

const trackersOn = ({ trackers }: Reading, datasetGroupArn: string) =>
  trackers.filter((tracker) => tracker.datasetGroupArn === datasetGroupArn);
