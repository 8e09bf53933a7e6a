import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { EVENT_SOURCE } from '../../../events/contract.ts';
import { EVENT_BUS_NAME } from '../handlers.ts';
import { ownTargetArn } from '../own-targets.ts';
import type { EventHandler, LocalRuntimeOptions, Subscriber } from './options.ts';
import { callAws } from './wire.ts';

/** The subscribers of a test, behind a port of its process. */
export interface Subscribers {
  /** The flags that let rules invoke them. */
  readonly flags: readonly string[];
  /** Makes the rule of each subscriber. */
  connect(awsUrl: string): Promise<void>;
  close(): void;
}

/** Opens the port, if there is a subscriber. */
export async function openSubscribers(given: LocalRuntimeOptions['subscribers'] = {}): Promise<Subscribers> {
  const subscribers = new Map(Object.entries(given).map(([name, each]) => [name, asSubscriber(each)]));
  const server = subscribers.size > 0 ? await serve(subscribers) : undefined;
  const port = (server?.address() as AddressInfo | undefined)?.port;
  return {
    flags: [...subscribers.keys()].flatMap((name) => ['--target', `${name}=http://127.0.0.1:${port}/${name}`]),
    async connect(awsUrl) {
      for (const [name, { pattern = { source: [EVENT_SOURCE] } }] of subscribers) {
        const rule = { EventBusName: EVENT_BUS_NAME, Name: name, EventPattern: JSON.stringify(pattern) };
        await callAws(awsUrl, 'AWSEvents.PutRule', rule);
        const Targets = [{ Id: 'test', Arn: ownTargetArn(name) }];
        await callAws(awsUrl, 'AWSEvents.PutTargets', { EventBusName: EVENT_BUS_NAME, Rule: name, Targets });
      }
    },
    close() {
      server?.close();
      server?.closeAllConnections();
    },
  };
}

const asSubscriber = (given: Subscriber | EventHandler): Subscriber =>
  typeof given === 'function' ? { handler: given } : given;

/** POST /NAME with an event: 204, or 500 if the handler throws. The server does not keep the process alive. */
async function serve(subscribers: ReadonlyMap<string, Subscriber>): Promise<Server> {
  const server = createServer(async (request, response) => {
    try {
      const event = await json(request);
      await subscribers.get(request.url?.slice(1) ?? '')?.handler(event);
      response.writeHead(204).end();
    } catch {
      // The runtime reports the delivery that failed (`failedInvocations`); the error may contain the event, and so a tracking ID.
      response.writeHead(500).end();
    }
  });
  server.on('connection', (socket) => socket.unref());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return server;
}
