import type { EventTracker, EventTrackersClient, ListEventTrackersInput } from '../../client/index.ts';
import { regionOf } from '../arns.ts';
import { FAILURE_CODES, STATUSES } from '../choices.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition, Input } from '../definition.ts';
import { UsageFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { LIST_OUTPUT } from '../output-shapes.ts';
import { LIST_INPUT } from '../shapes.ts';
import { decodedToken, encodedToken } from '../starting-token.ts';
import { TENANT_OPTION } from '../tracker-reference.ts';

const OPERATION = 'ListEventTrackers';
const PAGINATION = ['--max-items', '--starting-token', '--page-size'];

export const listEventTrackers: CommandDefinition = {
  words: ['list-event-trackers'],
  operation: OPERATION,
  summary: 'Lists event trackers.',
  description: [
    "Lists all event trackers of the token's tenant. A platform that gives no --tenant-id gets those of all tenants, latest change first. DELETED and RELEASED trackers are listed only with --status or --failure-code.",
    'In the order of the last change, a tracker that changes while the list is read comes again at the end; it is printed once, as it was last.',
    'If --max-items cuts the list short, the output has a NextToken, which --starting-token accepts.',
  ],
  options: [
    { flag: '--dataset-group-arn', value: 'ARN', help: 'Lists only the tracker of this dataset group.' },
    {
      flag: '--status',
      value: 'STATUS',
      isList: true,
      choices: STATUSES,
      help: `Lists only trackers in one of these statuses: ${STATUSES.join(', ')}.`,
    },
    {
      flag: '--failure-code',
      value: 'CODE',
      isList: true,
      choices: FAILURE_CODES,
      help: `Lists only trackers with one of these failures: ${FAILURE_CODES.join(', ')}.`,
    },
    { flag: '--name-contains', value: 'TEXT', help: 'Lists only trackers whose name contains this text.' },
    {
      flag: '--sort-by',
      value: 'ORDER',
      choices: ['trackerId', 'lastUpdatedDateTime'],
      help: 'The order: trackerId (the default for one tenant), or lastUpdatedDateTime, latest change first (the only order of all tenants).',
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
      text: 'As a platform, show what lacks a permission, of all tenants:',
      command:
        "event-trackers list-event-trackers --failure-code ACCESS_DENIED --query 'eventTrackers[].[tenantId, name, failure.reason]' --output text",
    },
    {
      text: 'Show the first two, with a NextToken for the rest:',
      command: 'event-trackers list-event-trackers --max-items 2',
    },
  ],
  output:
    'eventTrackers, each as in describe-event-tracker; NextToken if --max-items left some out. With --no-paginate: the first page and its nextToken.',
  shapes: { input: () => LIST_INPUT, output: () => LIST_OUTPUT, convert: withLists },
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
    const { NextToken, ...all } = await collected(client, query, context, values);
    const eventTrackers = withoutRepeats(all.eventTrackers);
    const { output, query: expression } = context.settings;
    // Like the AWS CLI: in text output the token is on a labeled line of its own.
    const isLine = output === 'text' && expression === undefined && NextToken !== undefined;
    await context.print({ eventTrackers, NextToken: isLine ? { NextToken } : NextToken }, OPERATION);
  },
};

/** A single status or failure code in --cli-input-json, as earlier versions took it. */
function withLists(input: Input): Input {
  const entries = Object.entries(input).map(([name, value]) => {
    const isList = name === 'status' || name === 'failureCode';
    return [name, isList && typeof value === 'string' ? [value] : value];
  });
  return Object.fromEntries(entries);
}

/** Of a tracker that the service returned twice because it changed in between, only the later state. */
const withoutRepeats = (trackers: readonly EventTracker[]): EventTracker[] => {
  const last = new Map(trackers.map((tracker) => [tracker.trackerId, tracker]));
  return trackers.filter((tracker) => last.get(tracker.trackerId) === tracker);
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
