import { CUT, type WireService } from '../../infra/local/wire.ts';

interface SdkRequest {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Options for a real SDK client that sends its requests to a service in this process, without retries. */
export function inProcess(service: WireService) {
  return {
    region: 'us-east-1',
    endpoint: 'http://service.test',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: SdkRequest) {
        const answer = await service({
          method: 'POST',
          path: '/',
          query: new URLSearchParams(),
          headers: request.headers,
          body: Buffer.concat([
            typeof request.body === 'string' ? Buffer.from(request.body) : (request.body ?? Buffer.alloc(0)),
          ]),
        });
        if (answer === CUT) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return {
          response: {
            statusCode: answer.status,
            headers: answer.headers,
            body: new Uint8Array(Buffer.from(answer.body)),
          },
        };
      },
    },
  };
}
