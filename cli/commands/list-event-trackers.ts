import type { EventTracker, EventTrackersClient, ListEventTrackersInput } from '../../client/index.ts';
import { regionOf } from '../arns.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { UsageFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { LIST_OUTPUT } from '../output-shapes.ts';
import { LIST_INPUT } from '../shapes.ts';
import { decodedToken, encodedToken } from '../starting-token.ts';
import { TENANT_OPTION } from '../tracker-reference.ts';

const OPERATION = 'ListEventTrackers';
const PAGINATION = ['--max-items', '--starting-token', '--page-size'];
/** Every status of the API. A status that the API adds is a type error here. */
const EACH_STATUS: Readonly<Record<EventTracker['status'], true>> = {
  'CREATE PENDING': true,
  'CREATE IN_PROGRESS': true,
  ACTIVE: true,
  'CREATE FAILED': true,
  'DELETE PENDING': true,
  'DELETE IN_PROGRESS': true,
  DELETED: true,
  RELEASED: true,
};
const STATUSES = Object.keys(EACH_STATUS) as EventTracker['status'][];

export const listEventTrackers: CommandDefinition = {
  words: ['list-event-trackers'],
  operation: OPERATION,
  summary: 'Lists your event trackers.',
  description: [
    "Lists all event trackers of the token's tenant. DELETED and RELEASED trackers are listed only with --status.",
    'If --max-items cuts the list short, the output has a NextToken, which --starting-token accepts.',
  ],
  options: [
    { flag: '--dataset-group-arn', value: 'ARN', help: 'Lists only the tracker of this dataset group.' },
    {
      flag: '--status',
      value: 'STATUS',
      choices: STATUSES,
      help: `Lists only trackers in this status: ${STATUSES.join(', ')}.`,
    },
    TENANT_OPTION,
    { flag: '--max-items', value: 'COUNT', integerFrom: 1, help: 'The maximum number of trackers to print.' },
    {
      flag: '--starting-token',
      value: 'TOKEN',
      help: 'Where to start: the NextToken of a previous result.',
    },
    {
      flag: '--page-size',
      value: 'COUNT',
      integerFrom: 1,
      integerTo: 100,
      help: 'The number of trackers to request per call. Does not change the output.',
    },
  ],
  examples: [
    {
      text: 'Show the ACTIVE trackers as a table:',
      command:
        "event-trackers list-event-trackers --status ACTIVE --query 'eventTrackers[].{Name: name, Status: status}' --output table",
    },
    {
      text: 'Show the first two, with a NextToken for the rest:',
      command: 'event-trackers list-event-trackers --max-items 2',
    },
  ],
  output:
    'eventTrackers, each as in describe-event-tracker; NextToken if --max-items left some out. With --no-paginate: the first page and its nextToken.',
  shapes: { input: () => LIST_INPUT, output: () => LIST_OUTPUT },
  async run(context, values, input) {
    // As with the AWS CLI, a page size or token in --cli-input-json requests one page.
    const isPaginated = context.settings.isPaginated && input.nextToken === undefined && input.maxResults === undefined;
    const used = PAGINATION.filter((flag) => values.has(flag));
    if (!isPaginated && used.length > 0) {
      throw new UsageFailure(`Cannot specify --no-paginate along with pagination arguments: ${used.join(', ')}`);
    }
    const query: ListEventTrackersInput = { maxResults: values.number('--page-size'), ...input };
    const client = context.client();
    if (!isPaginated) {
      const { eventTrackers, nextToken } = await client.listEventTrackers(query);
      await context.print({ eventTrackers: filtered(eventTrackers, context), nextToken }, OPERATION);
      return;
    }
    const { eventTrackers, NextToken } = await collected(client, query, context, values);
    const { output, query: expression } = context.settings;
    // Like the AWS CLI: in text output the token is on a labeled line of its own.
    const isLine = output === 'text' && expression === undefined && NextToken !== undefined;
    await context.print({ eventTrackers, NextToken: isLine ? { NextToken } : NextToken }, OPERATION);
  },
};

/** Only --region filters: a Region from the environment would hide trackers silently. */
const filtered = (trackers: readonly EventTracker[], { settings: { isRegionGiven, region } }: Context) =>
  trackers.filter(({ datasetGroupArn }) => !isRegionGiven || regionOf(datasetGroupArn) === region);

/** All pages in one result, up to --max-items. Its NextToken points at the rest, which may begin in the middle of a page. */
async function collected(
  client: EventTrackersClient,
  query: ListEventTrackersInput,
  context: Context,
  values: Values,
): Promise<{ eventTrackers: EventTracker[]; NextToken?: string }> {
  const maxItems = values.number('--max-items') ?? Number.POSITIVE_INFINITY;
  const start = values.text('--starting-token');
  let { nextToken, skip } = start === undefined ? { nextToken: undefined, skip: 0 } : decodedToken(start);
  const eventTrackers: EventTracker[] = [];
  for (;;) {
    const page = await client.listEventTrackers({ ...query, nextToken });
    const shown = filtered(page.eventTrackers, context);
    // --page-size may be smaller than when the token was made, so the items to skip may extend into the next page.
    const from = Math.min(skip, shown.length);
    skip -= from;
    const room = maxItems - eventTrackers.length;
    eventTrackers.push(...shown.slice(from, from + room));
    if (shown.length > from + room) return { eventTrackers, NextToken: encodedToken({ nextToken, skip: from + room }) };
    nextToken = page.nextToken;
    if (nextToken === undefined) return { eventTrackers };
    if (eventTrackers.length === maxItems) return { eventTrackers, NextToken: encodedToken({ nextToken, skip }) };
  }
}
