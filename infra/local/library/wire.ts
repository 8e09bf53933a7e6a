/** Calls one of the runtime's own paths. @throws Error with the answer if its status is not a success */
export async function callLocal(awsUrl: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${awsUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return read(`${method} ${path}`, response);
}

/** Calls an operation of an AWS service, such as `AWSEvents.PutRule`. @throws Error with the answer if it is an error */
export async function callAws(awsUrl: string, target: string, input: object): Promise<unknown> {
  const response = await fetch(awsUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  });
  return read(target, response);
}

async function read(call: string, response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${call} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
