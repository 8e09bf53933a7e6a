/** The files that each file imports, types included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * One cycle of each group of files that import each other, as a path that ends where it begins: `['a.ts', 'b.ts', 'a.ts']`.
 * The groups are the strongly connected components (Tarjan 1972), so an empty result means that the graph has no cycle.
 */
export function findCycles(graph: ImportGraph): string[][] {
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  const visit = (file: string): void => {
    indexes.set(file, indexes.size);
    lowest.set(file, indexes.size - 1);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!indexes.has(target)) visit(target);
      if (stack.includes(target)) {
        lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
      }
    }
    if (lowest.get(file) !== indexes.get(file)) return;
    const group = new Set(stack.splice(stack.indexOf(file)));
    const cycle = shortestCycle(file, group, graph);
    if (cycle !== undefined) cycles.push(cycle);
  };
  for (const file of graph.keys()) if (!indexes.has(file)) visit(file);
  return cycles;
}

/** The shortest way from a file back to itself within its group. */
function shortestCycle(start: string, group: ReadonlySet<string>, graph: ImportGraph): string[] | undefined {
  const paths = [[start]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const target of graph.get(path.at(-1) ?? start) ?? []) {
      if (target === start) return [...path, start];
      if (!group.has(target) || seen.has(target)) continue;
      seen.add(target);
      paths.push([...path, target]);
    }
  }
  return undefined;
}
