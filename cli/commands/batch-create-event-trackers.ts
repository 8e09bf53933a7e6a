import type { CreateEventTrackerInput } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { CommandDefinition, Input } from '../definition.ts';
import { EXIT, UsageFailure } from '../failures.ts';
import { BATCH_OUTPUT } from '../output-shapes.ts';
import { BATCH_INPUT } from '../shapes.ts';
import { TENANT_OPTION } from '../tracker-reference.ts';

const OPERATION = 'BatchCreateEventTrackers';
/** The maximum of the API. */
const REQUESTS_PER_CALL = 100;

export const batchCreateEventTrackers: CommandDefinition = {
  words: ['batch-create-event-trackers'],
  operation: OPERATION,
  summary: 'Creates the event trackers of many dataset groups.',
  description: [
    'Requests a tracker for each item of a file, in calls of up to 100 requests, and prints a line for each item. Does not wait. Repeating the command is safe: it returns the same trackers.',
    'A JSON or YAML file contains a list of the parameters of create-event-tracker. A CSV file contains their names in its first line (name, datasetGroupArn, clientContext, adoptExisting, waitForDatasetGroup, tenantId), and a column tag:KEY for each tag.',
  ],
  options: [
    {
      flag: '--requests',
      value: 'REQUEST',
      isList: true,
      help: 'The requests: file://PATH of a .json, .yaml or .csv file; or JSON, or shorthand (name=N,datasetGroupArn=A ...).',
    },
    { ...TENANT_OPTION, help: 'For platforms only: the tenant of each request that names none.' },
  ],
  examples: [
    {
      text: 'Request the trackers in a CSV file:',
      command: 'event-trackers batch-create-event-trackers --requests file:///tmp/trackers.csv',
    },
  ],
  output:
    'One line per item, in order: {datasetGroupArn, trackerId, status} if it was accepted, otherwise {datasetGroupArn, reason, detail}. The exit code is 254 if any was not accepted. With --output yaml, each is a document. --output table is not supported.',
  shapes: { input: () => BATCH_INPUT, output: () => BATCH_OUTPUT, convert },
  async run(context, _, input) {
    if (context.settings.output === 'table') {
      throw new UsageFailure(
        'argument --output: batch-create-event-trackers prints line by line and does not support table',
      );
    }
    // The requests have been validated.
    await send(context, input.requests as CreateEventTrackerInput[]);
  },
};

async function send(context: Context, requests: readonly CreateEventTrackerInput[]): Promise<void> {
  const client = context.client();
  const progress = await context.progress(counted(requests.length, 'request'));
  let done = 0;
  let failed = 0;
  context.interruption.setMessage(
    'Interrupted. The service continues with what it accepted. Running the same command again is safe.',
  );
  try {
    while (done < requests.length) {
      const batch = requests.slice(done, done + REQUESTS_PER_CALL);
      const { results } = await client.batchCreateEventTrackers({ requests: [...batch] });
      for (const [index, { eventTracker, problem }] of results.entries()) {
        const datasetGroupArn = batch[index]?.datasetGroupArn;
        if (eventTracker === undefined) {
          failed++;
          await context.printLine({ datasetGroupArn, reason: problem?.reason, detail: problem?.detail }, OPERATION);
        } else {
          const { trackerId, status } = eventTracker;
          await context.printLine({ datasetGroupArn, trackerId, status }, OPERATION);
        }
      }
      done += batch.length;
      progress.update(`${done} sent, ${failed} not accepted`);
    }
  } catch (error) {
    const left = requests.length - done;
    context.note(
      `${left} of ${counted(requests.length, 'request')} ${left === 1 ? 'has' : 'have'} no result. Running the same command again is safe.`,
    );
    throw error;
  } finally {
    progress.stop();
    context.interruption.setMessage('');
  }
  if (failed === 0) return;
  context.note(
    `An error occurred when calling the ${OPERATION} operation: ${failed} of ${counted(requests.length, 'request')} ${failed === 1 ? 'was' : 'were'} not accepted`,
  );
  context.exitWith(EXIT.SERVICE);
}

/** Completes each request: the columns of a CSV file, and the tenant. */
function convert({ tenantId, requests, ...rest }: Input): Input {
  if (!Array.isArray(requests)) return { requests, ...rest };
  return { ...rest, requests: requests.map((request) => convertedRequest(request, tenantId)) };
}

function convertedRequest(request: unknown, tenantId: unknown): unknown {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return request;
  const tags: { tagKey: string; tagValue: unknown }[] = [];
  const converted: Record<string, unknown> = tenantId === undefined ? {} : { tenantId };
  for (const [name, value] of Object.entries(request)) {
    const tagKey = /^tag:(.+)$/.exec(name)?.[1];
    const isSwitch = name === 'adoptExisting' || name === 'waitForDatasetGroup';
    if (tagKey !== undefined) tags.push({ tagKey, tagValue: value });
    else if (isSwitch && typeof value === 'string' && /^(true|false)$/i.test(value)) {
      converted[name] = value.toLowerCase() === 'true';
    } else converted[name] = value;
  }
  return { ...converted, ...(tags.length > 0 && { tags }) };
}
