import type { Change, Snapshot } from '../../console/protocol.ts';

/** What a page knows after it has read the feed: the snapshot with all changes since. */
export interface Seen {
  readonly snapshot: Snapshot;
  readonly trackers: Map<string, Snapshot['trackers'][number]>;
  readonly executions: Map<string, Snapshot['executions'][number]>;
  readonly requests: Snapshot['requests'][number][];
  /** The statuses of each tracker, in the order in which they were seen. */
  readonly statuses: Map<string, string[]>;
}

/** Reads the console's feed of changes until `enough` returns true. @throws if that takes longer than a minute */
export async function feedUntil(runtime: { awsUrl: string }, enough: (seen: Seen) => boolean): Promise<Seen> {
  const response = await fetch(`${runtime.awsUrl}/_console/changes`, { signal: AbortSignal.timeout(60_000) });
  const decoder = new TextDecoder();
  let rest = '';
  let seen: Seen | undefined;
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event === 'snapshot') seen = begin(JSON.parse(data));
      if (event === 'change' && seen !== undefined) takeIn(seen, JSON.parse(data));
    }
    if (seen !== undefined && enough(seen)) return seen;
  }
  throw new Error(`the feed ended; it had sent ${JSON.stringify(seen?.snapshot)}`);
}

function begin(snapshot: Snapshot): Seen {
  const seen = { snapshot, trackers: new Map(), executions: new Map(), requests: [], statuses: new Map() };
  takeIn(seen, snapshot);
  return seen;
}

function takeIn({ trackers, executions, requests, statuses }: Seen, change: Change): void {
  for (const row of change.trackers ?? []) {
    trackers.set(row.trackerId, row);
    const before = statuses.get(row.trackerId) ?? [];
    if (before.at(-1) !== row.status) statuses.set(row.trackerId, [...before, row.status]);
  }
  for (const id of change.removed ?? []) trackers.delete(id);
  for (const row of change.executions ?? []) executions.set(row.executionArn, row);
  requests.push(...(change.requests ?? []));
}
