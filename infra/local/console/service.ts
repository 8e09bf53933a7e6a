import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StateMachineGraph, TrackerInternals } from '../../../console/protocol.ts';
import { isTrackerId } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import type { ItemWrite } from '../dynamodb/service.ts';
import type { FaultInjection } from '../fault-injection.ts';
import { localJson, localRoutes, parseLocal } from '../local-request.ts';
import { DEFAULT_TIMING } from '../personalize/lifecycle.ts';
import type { PersonalizeService } from '../personalize/service.ts';
import type { ExecutionStore } from '../step-functions/execution-store.ts';
import type { WireAnswer, WireService } from '../wire.ts';
import { apiCall, createApiCaller } from './api-caller.ts';
import { ChangeFeed, type FeedSource } from './change-feed.ts';
import { createExecutionRows } from './execution-rows.ts';
import { graphOf } from './graphs.ts';
import { createPage } from './page.ts';
import { patternMatches, patternQuestion } from './pattern-matches.ts';
import { RequestLog } from './request-log.ts';
import { faultCatalog, simulationOf } from './simulation.ts';
import { createTrackerRows, epochOfTakeOver, trackerWritten } from './tracker-rows.ts';

/** The paths of the console, besides the page itself. */
export const CONSOLE_PREFIX = '/_console';
export const CHANGES_PATH = `${CONSOLE_PREFIX}/changes`;

export interface ConsoleOptions {
  readonly tableName: string;
  /** The folder of the issuer's key. */
  readonly identity: string;
  readonly clock: () => number;
}

/** The parts of the runtime that the console shows. */
export interface ConsoleParts {
  readonly dynamodb: DynamoDBClient;
  readonly executions: ExecutionStore;
  readonly machines: ReadonlyArray<Parameters<typeof graphOf>[0]>;
  /** Returns the counter of the latest event. */
  readonly lastEvent: () => number;
  readonly faults: FaultInjection;
  /** Without these, it is that of another runtime. */
  readonly personalize: Partial<Pick<PersonalizeService, 'cores' | 'onSettings'>>;
  readonly urls: () => { readonly apiUrl: string; readonly awsUrl: string };
}

/** The console, once the parts that it shows have started. */
export interface StartedConsole {
  /** `GET /`, and `/_console/*`. */
  readonly wire: WireService;
  /** `GET /_console/changes`, a stream of server-sent events. */
  readonly changes: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * The console of the local runtime: the page at `/`, and what it needs besides the wires of the services (docs/console.md). It listens to
 * the writes of the table before its other parts start.
 */
export function createConsole({ tableName, identity, clock }: ConsoleOptions) {
  const feed = new ChangeFeed();
  const requests = new RequestLog();
  requests.onAdd((row) => feed.requestAdded(row));
  /** The names of executions that the sweeper started to take a record over. */
  const takeOvers = new Set<string>();
  const startedAt = clock();
  let closeCaller = (): void => {};

  return {
    requests,

    onWrite(write: ItemWrite): void {
      const trackerId = trackerWritten(write, tableName);
      if (trackerId === undefined) return;
      const epoch = epochOfTakeOver(write);
      if (epoch !== undefined) takeOvers.add(`${trackerId}-${epoch}`);
      feed.trackerChanged(trackerId);
    },

    start({
      dynamodb,
      executions: store,
      machines,
      lastEvent,
      faults,
      personalize,
      urls,
    }: ConsoleParts): StartedConsole {
      const trackers = createTrackerRows(dynamodb, tableName);
      const executions = createExecutionRows(store, (name) => takeOvers.has(name));
      store.onChange((arn) => feed.executionChanged(arn));
      faults.onChange(() => feed.simulationChanged());
      personalize.onSettings?.(() => feed.simulationChanged());
      const simulation = () => simulationOf(faults, personalize.cores);
      const api = createApiCaller(identity, () => urls().apiUrl);
      closeCaller = api.close;
      const page = createPage();
      let graphs: Promise<StateMachineGraph[]> | undefined;
      const source: FeedSource = {
        snapshot: async () => ({
          runtime: {
            ...urls(),
            pid: process.pid,
            startedAt,
            lastEvent: lastEvent(),
            initialTiming: { ...DEFAULT_TIMING },
            build: await page.build(),
          },
          trackers: await trackers.all(),
          executions: executions.latest(),
          requests: requests.rows(),
          simulation: simulation(),
        }),
        changeOf: async ({ trackerIds, executionArns, requests: added, isSimulationChanged }) => ({
          ...(trackerIds.length > 0 && (await trackers.these(trackerIds))),
          ...(executionArns.length > 0 && { executions: executions.these(executionArns) }),
          ...(added.length > 0 && { requests: added }),
          ...(isSimulationChanged && { simulation: simulation() }),
        }),
      };
      const routes = localRoutes({
        '/_console/call': { POST: async (request) => localJson(await api.call(parseLocal(apiCall, request))) },
        '/_console/fault': {
          DELETE: ({ query }) => {
            const isRemoved = faults.remove(query.get('id') ?? '');
            return found(isRemoved ? {} : undefined, 'This fault is used up, or was removed.');
          },
        },
        '/_console/faults': {
          GET: () => localJson(faultCatalog(faults)),
          DELETE: ({ query }) => {
            const removed = faults
              .entries()
              .filter(([, { datasetGroupArn }]) => datasetGroupArn === query.get('datasetGroupArn'));
            for (const [id] of removed) faults.remove(id);
            return localJson({ removed: removed.length });
          },
        },
        '/_console/graphs': {
          async GET() {
            graphs ??= Promise.all(machines.map(graphOf));
            return localJson(await graphs);
          },
        },
        '/_console/matches': {
          POST: (request) => localJson(patternMatches(parseLocal(patternQuestion, request))),
        },
        '/_console/request': {
          GET: ({ query }) => found(requests.get(Number(query.get('number'))), 'This request is no longer kept.'),
        },
        '/_console/tracker': {
          async GET({ query }) {
            const trackerId = query.get('trackerId') ?? '';
            const record = isTrackerId(trackerId) ? await trackers.record(trackerId) : undefined;
            const internals = record && internalsOf(record, executions.ofTracker(trackerId));
            return found(internals, 'There is no record of this event tracker.');
          },
        },
      });
      return {
        changes: (_, response) => feed.serve(source, response),
        async wire(request) {
          const file = await page.answer(request);
          if (file !== undefined) return file;
          // A page of another origin can't send this header: that needs a preflight, which this server does not grant.
          if (request.headers['x-console'] !== undefined) return routes(request);
          return localJson({ message: 'This path is for the console only, which sends the header X-Console.' }, 403);
        },
      };
    },

    close(): void {
      closeCaller();
      feed.close();
    },
  };
}

const found = (value: object | undefined, otherwise: string): WireAnswer =>
  value === undefined ? localJson({ message: otherwise }, 404) : localJson(value);

const internalsOf = (record: EventTrackerRecord, executions: TrackerInternals['executions']): TrackerInternals => ({
  epoch: record.epoch,
  rev: record.rev,
  takeOvers: record.takeOvers,
  due: record.due,
  outbox: record.outbox,
  callbacks: record.callbacks.length,
  executions,
});
