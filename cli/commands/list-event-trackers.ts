import type { EventTracker, EventTrackersClient, ListEventTrackersInput } from '../../client/index.ts';
import { completedArn, regionOf } from '../arns.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { UsageFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { decodedToken, encodedToken } from '../starting-token.ts';

const OPERATION = 'ListEventTrackers';
const PAGINATION = ['--max-items', '--starting-token', '--page-size'];
/** Every status of the API: one that it adds fails the types here. */
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
const STATUSES = Object.keys(EACH_STATUS);
const isStatus = (text: string | undefined): text is EventTracker['status'] =>
  STATUSES.some((status) => status === text);

export const listEventTrackers: CommandDefinition = {
  words: ['list-event-trackers'],
  operation: OPERATION,
  summary: 'Lists your event trackers.',
  description: [
    "Lists the event trackers of the token's tenant, all pages of them. DELETED and RELEASED ones are left out unless --status asks for them.",
    'Where --max-items leaves some out, the output has a NextToken for --starting-token.',
  ],
  options: [
    { flag: '--dataset-group-arn', value: 'ARN', help: 'Only that of this dataset group.' },
    {
      flag: '--status',
      value: 'STATUS',
      choices: STATUSES,
      help: `Only those in this status: ${STATUSES.join(', ')}.`,
    },
    { flag: '--max-items', value: 'COUNT', integerFrom: 1, help: 'How many to print at most.' },
    { flag: '--starting-token', value: 'TOKEN', help: 'Where to go on: the NextToken of an output before.' },
    {
      flag: '--page-size',
      value: 'COUNT',
      integerFrom: 1,
      integerTo: 100,
      help: 'How many to ask for at a time; changes nothing of the output.',
    },
  ],
  examples: [
    {
      text: 'Those that are ready, as a table:',
      command:
        "event-trackers list-event-trackers --status ACTIVE --query 'eventTrackers[].{Name: name, Status: status}' --output table",
    },
    {
      text: 'The first two, with the token that leads to the rest:',
      command: 'event-trackers list-event-trackers --max-items 2',
    },
  ],
  output:
    'eventTrackers: as describe-event-tracker shows each; NextToken where there are more. With --no-paginate the first page, and its nextToken.',
  async run(context, values) {
    const query = queryOf(context, values);
    const client = context.client();
    if (!context.settings.isPaginated) {
      const { eventTrackers, nextToken } = await client.listEventTrackers(query);
      const shown = { eventTrackers: filtered(eventTrackers, context), ...(nextToken && { nextToken }) };
      await context.print(shown, OPERATION);
      return;
    }
    const { eventTrackers, NextToken } = await collected(client, query, context, values);
    const { output, query: expression } = context.settings;
    // As the AWS CLI has it: in text the token is on a line that says what it is.
    const isLine = output === 'text' && expression === undefined;
    await context.print(
      { eventTrackers, ...(NextToken !== undefined && { NextToken: isLine ? { NextToken } : NextToken }) },
      OPERATION,
    );
  },
};

/** @throws UsageFailure for pagination options with --no-paginate, as the AWS CLI has it */
function queryOf({ settings }: Context, values: Values): ListEventTrackersInput {
  const used = PAGINATION.filter((flag) => values.has(flag));
  if (!settings.isPaginated && used.length > 0) {
    throw new UsageFailure(`Cannot specify --no-paginate along with pagination arguments: ${used.join(', ')}`);
  }
  const arn = values.text('--dataset-group-arn');
  const status = values.text('--status');
  const maxResults = values.number('--page-size');
  return {
    ...(arn !== undefined && { datasetGroupArn: completedArn('--dataset-group-arn', arn, settings) }),
    ...(isStatus(status) && { status }),
    ...(maxResults !== undefined && { maxResults }),
  };
}

/** Only --region itself filters: the environment's Region would hide trackers silently. */
const filtered = (trackers: readonly EventTracker[], { settings: { isRegionGiven, region } }: Context) =>
  trackers.filter(({ datasetGroupArn }) => !isRegionGiven || regionOf(datasetGroupArn) === region);

/** All pages in one result, up to --max-items; its NextToken says where, within a page too, the rest begins. */
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
    const page = await client.listEventTrackers({ ...query, ...(nextToken !== undefined && { nextToken }) });
    const shown = filtered(page.eventTrackers, context);
    // Pages may be smaller than those that the token was made of: what is to be skipped may go on on the next.
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
