import type { CommandDefinition } from '../definition.ts';
import { SUMMARY_OUTPUT } from '../output-shapes.ts';
import { SUMMARY_INPUT } from '../shapes.ts';

const OPERATION = 'SummarizeEventTrackers';

export const summarizeEventTrackers: CommandDefinition = {
  words: ['summarize-event-trackers'],
  operation: OPERATION,
  summary: 'Counts the event trackers of all tenants by status and failure, for platforms.',
  description: [
    'Requires a token with the scopes platform and read, or --auth iam. The counts lag behind the trackers by about a second.',
  ],
  options: [{ flag: '--tenant-id', value: 'TENANT', help: 'Counts only the trackers of this tenant.' }],
  examples: [
    {
      text: 'Show how many trackers have each failure:',
      command: 'event-trackers summarize-event-trackers --query byFailureCode',
    },
  ],
  output: 'total, byStatus with every status, and byFailureCode with the failures that there are.',
  shapes: { input: () => SUMMARY_INPUT, output: () => SUMMARY_OUTPUT },
  async run(context, _values, { tenantId }) {
    const tenant = typeof tenantId === 'string' ? { tenantId } : {};
    const { $metadata: _, ...summary } = await context.client().summarizeEventTrackers(tenant);
    await context.print(summary, OPERATION);
  },
};
