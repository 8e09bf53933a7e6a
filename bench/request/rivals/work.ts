import { createHash } from 'node:crypto';

/** What the rivals read of an API Gateway event. */
export interface Event {
  readonly body: string;
  readonly requestContext: { readonly requestId: string };
}

const sha = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * The two calls of a request, without any rule: the body is not validated, and nothing is read. The item has the attributes of a record of
 * this service, so that all variants send the same amount.
 */
export function callsFor({ body, requestContext: { requestId } }: Event) {
  const { name, datasetGroupArn } = JSON.parse(body) as { name: string; datasetGroupArn: string };
  const trackerId = `et-${sha(datasetGroupArn).slice(0, 26).toLowerCase()}`;
  const now = Date.now();
  const at = { N: String(now) };
  const status = { S: 'CREATE PENDING' };
  const put = {
    TableName: process.env.TABLE_NAME,
    Item: {
      ...{ trackerId: { S: trackerId }, name: { S: name }, datasetGroupArn: { S: datasetGroupArn } },
      ...{ tags: { L: [] }, adoptExisting: { BOOL: false }, waitForDatasetGroup: { BOOL: false } },
      ...{ correlationId: { S: requestId }, tenantId: { S: 'acme' }, rev: { N: '1' }, desired: { S: 'PRESENT' } },
      ...{ generation: { N: '1' }, requestedAt: at, observedGeneration: { N: '0' }, epoch: { N: '1' }, status },
      history: { L: [{ M: { at, generation: { N: '1' }, status, cause: { S: 'REQUESTED' } } }] },
      ...{ attempt: { N: '0' }, checkedGeneration: { N: '0' }, sequence: { N: '0' }, outbox: { L: [] } },
      callbacks: { L: [] },
      keys: { L: [{ M: { key: { S: sha(requestId) }, body: { S: sha(body) }, generation: { N: '1' } } }] },
      ...{ takeOvers: { N: '0' }, creationDateTime: at, lastUpdatedDateTime: at },
      ...{ dueLane: { S: 'urgent#0' }, dueAt: { N: String(now + 240_000) }, unfinishedOf: { S: 'acme' } },
      ...{ listedIn: { S: 'CREATE PENDING#0' }, listedName: { S: name } },
      listedAt: { S: `${new Date(now).toISOString()}#${trackerId}` },
    },
    ConditionExpression: 'attribute_not_exists(#trackerId)',
    ExpressionAttributeNames: { '#trackerId': 'trackerId' },
  };
  const start = {
    stateMachineArn: process.env.STATE_MACHINE_ARN,
    name: `${trackerId}-1`,
    input: JSON.stringify({ version: 1, trackerId, epoch: 1 }),
  };
  const answer = {
    statusCode: 202,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ trackerId, name, datasetGroupArn, status: status.S }),
  };
  return { put, start, answer };
}
