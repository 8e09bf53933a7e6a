import { EVENT_SOURCE } from '../../events/contract.ts';

/**
 * The schema of a whole event, as a target receives it.
 * @param detail the schema of `detail`
 * @param only how the draft of JSON Schema writes a value that is the only one allowed
 */
export const eventSchema = (detailType: string, detail: object, only: (value: string) => object) => ({
  type: 'object',
  required: ['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'],
  properties: {
    version: only('0'),
    id: {
      type: 'string',
      description:
        'Assigned by EventBridge, different for each PutEvents. The ID of the event is detail.metadata.eventId',
    },
    'detail-type': only(detailType),
    source: only(EVENT_SOURCE),
    account: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    region: { type: 'string' },
    resources: { type: 'array', items: { type: 'string' } },
    detail,
  },
});
