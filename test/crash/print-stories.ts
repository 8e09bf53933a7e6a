import { titleOf } from './judge-requests.ts';
import type { BookedTracker, PublishedEvent, Story, Violation } from './story.ts';

/** The maximum number of lines printed about one dataset group. */
const MAX_LINES = 120;

/** Prints the violations, and the history of each dataset group that has one. Leaves out tracking IDs, which are secrets. */
export function printStories(story: Story, violations: readonly Violation[]): string {
  const lines = ['', `${violations.length} violations:`];
  for (const { datasetGroupArn, message } of violations) lines.push(`- ${nameOf(datasetGroupArn)}${message}`);
  for (const datasetGroupArn of new Set(violations.flatMap((violation) => violation.datasetGroupArn ?? []))) {
    lines.push('', `History of ${datasetGroupArn}:`, ...printGroup(story, datasetGroupArn));
  }
  return redact(lines.join('\n'), story.book);
}

const nameOf = (arn: string | undefined) => (arn === undefined ? '' : `${arn.slice(arn.lastIndexOf('/') + 1)}: `);

interface Line {
  readonly at: number;
  readonly text: string;
}

function printGroup(story: Story, datasetGroupArn: string): string[] {
  const of = (each: { readonly datasetGroupArn: string }) => each.datasetGroupArn === datasetGroupArn;
  const lines: Line[] = [
    ...story.kills.map(({ at, moment }) => ({ at, text: `--- kill -9, ${moment}` })),
    ...story.requests.filter(of).flatMap((request) => {
      const { tries, answer } = request;
      const resource = answer?.resource;
      const shown = resource ? `generation ${resource.generation} ${resource.status}` : (answer?.reason ?? '');
      return tries.map(({ sentAt, endedAt, answer: status }, index) => ({
        at: endedAt,
        text: `${titleOf(request)} -> ${status}${index === tries.length - 1 ? ` ${shown}` : ''} (${endedAt - sentAt} ms)`,
      }));
    }),
    ...story.book
      .filter(of)
      .flatMap(({ eventTrackerArn, createdAt, settledAt, goneAt, fails }) => [
        { at: createdAt, text: `Personalize: ${eventTrackerArn} CREATE PENDING` },
        { at: settledAt, text: `Personalize: ${eventTrackerArn} ${fails ? 'CREATE FAILED' : 'ACTIVE'}` },
        ...(goneAt === undefined ? [] : [{ at: goneAt, text: `Personalize: ${eventTrackerArn} is gone` }]),
      ]),
    ...story.received.filter(({ text }) => text.includes(`"${datasetGroupArn}"`)).map(printEvent),
  ];
  const printed = lines
    .sort((left, right) => left.at - right.at)
    .map(({ at, text }) => `  ${new Date(at).toISOString().slice(11, 23)} ${text}`);
  const ending = story.endings.find(of);
  const left = printed.length > MAX_LINES ? [`  (${printed.length - MAX_LINES} earlier lines are left out)`] : [];
  return [...left, ...printed.slice(-MAX_LINES), `  at the end: ${JSON.stringify(ending)}`];
}

function printEvent({ at, counter, text }: PublishedEvent): Line {
  const envelope: {
    detail?: { metadata?: { sequence?: number }; data?: { status?: string; name?: string; outcome?: string } };
  } = JSON.parse(text);
  const { metadata = {}, data = {} } = envelope.detail ?? {};
  return { at, text: `event ${metadata.sequence} ${data.outcome ?? data.status} "${data.name}" (counter ${counter})` };
}

function redact(text: string, book: readonly BookedTracker[]): string {
  return book.reduce(
    (redacted, { trackingId, eventTrackerArn }) =>
      redacted.replaceAll(
        trackingId,
        `(the tracking ID of ${eventTrackerArn.slice(eventTrackerArn.lastIndexOf('/') + 1)})`,
      ),
    text,
  );
}
