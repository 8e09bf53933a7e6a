const CONCURRENCY = 10;

/**
 * Processes the requests of a batch in parallel, but those for the same dataset group one after the other, in the order of the batch.
 * @param work must not throw: each request has its own result
 * @returns the results in the order of the requests
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

/** The indexes of the requests, grouped by dataset group. */
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
