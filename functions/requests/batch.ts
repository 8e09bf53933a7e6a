/** Requests that are worked on in parallel. */
const CONCURRENCY = 10;

/**
 * Works on the requests of a batch in parallel; those of one dataset group follow one another, in the order of the batch.
 * @param work never throws: each request has a result of its own
 * @returns the results, in the order of the requests
 */
export async function forEachRequest<Result>(
  requests: readonly unknown[],
  work: (request: unknown, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(requests.length);
  const queues = [...queuesByGroup(requests)];
  const worker = async () => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
      for (const index of queue) results[index] = await work(requests[index], index);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

/** The places of the requests, those of one dataset group together. */
function queuesByGroup(requests: readonly unknown[]): Iterable<number[]> {
  const queues = new Map<unknown, number[]>();
  for (const [index, request] of requests.entries()) {
    const group =
      typeof request === 'object' && request !== null ? (request as Record<string, unknown>).datasetGroupArn : index;
    const queue = queues.get(group);
    if (queue) queue.push(index);
    else queues.set(group, [index]);
  }
  return queues.values();
}
