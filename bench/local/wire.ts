import type { Answer, HttpClient } from './http.ts';

export const TABLE_NAME = 'event-trackers';

/** What DynamoDB and the SDKs' protocols require of a signed request. Neither the runtime nor dynalite checks the signature. */
const SIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/service/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
};

/** One call of an AWS operation, such as `DynamoDB_20120810.PutItem`. @throws Error if its status is not 2xx */
export async function callAws(http: HttpClient, url: string, target: string, input: object): Promise<Answer> {
  const type = target.startsWith('DynamoDB') ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1';
  const headers = { ...SIGNED, 'content-type': type, 'x-amz-target': target };
  return succeeded(await http.send('POST', url, headers, JSON.stringify(input)));
}

/** @throws Error with the answer if its status is not 2xx */
export function succeeded(answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`The answer has the status ${answer.status}: ${answer.body.slice(0, 500)}`);
}
