import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of an AWS client, with its IAM action, for example `dynamodb:GetItem`. */
export interface SentCall {
  readonly action: string;
  /** The access key of its signature. */
  readonly accessKeyId: string | undefined;
  /** The `X-Amzn-Trace-Id` that the SDK passes on in Lambda. */
  readonly traceId: string | undefined;
  readonly body: Record<string, unknown>;
}

export interface Answer {
  readonly status?: number;
  readonly body: object;
  /** No answer at all: the connection stays open. */
  readonly isSilent?: boolean;
}

/** IAM service names by the prefix of `x-amz-target`. */
const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AWSStepFunctions: 'states',
  AmazonPersonalize: 'personalize',
  AWSEvents: 'events',
  AmazonSSM: 'ssm',
};

/** The access key of the sessions that STS gives here. */
export const SESSION_KEY = 'OF-ANOTHER-ACCOUNT';
const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>${SESSION_KEY}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

/** Starts an endpoint for every AWS client that records the calls and returns the configured answers, `{}` by default. */
export async function startWireStub() {
  let answers: Readonly<Record<string, Answer>> = {};
  let sent: SentCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
    const received = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text || '{}');
    const action = isForm ? `sts:${received.Action}` : actionOf(request);
    const accessKeyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    const traceId = request.headers['x-amzn-trace-id'];
    sent.push({ action, accessKeyId, traceId: typeof traceId === 'string' ? traceId : undefined, body: received });
    if (isForm) {
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(ASSUMED);
      return;
    }
    const { status = 200, body, isSilent = false } = answers[action] ?? { body: {} };
    if (isSilent) return;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Sets the answers and clears the recorded calls. */
    answer(next: Readonly<Record<string, Answer>>): void {
      answers = next;
      sent = [];
    },
    sent: (): readonly SentCall[] => sent,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type WireStub = Awaited<ReturnType<typeof startWireStub>>;

function actionOf({ headers, url }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target !== 'string') return url === '/events' ? 'personalize:PutEvents' : `unknown:${url}`;
  const [prefix = '', operation] = target.split('.');
  return `${SERVICES[prefix] ?? prefix}:${operation}`;
}
