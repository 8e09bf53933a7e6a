/** The figures of one variant. */
export interface Summary {
  readonly minimum: number;
  readonly median: number;
  /** The distance between the quartiles as a part of the median: half of all values lie within it. */
  readonly spread: number;
}

/** @throws RangeError without values */
export function summaryOf(values: readonly number[]): Summary {
  const minimum = quantile(values, 0);
  const median = quantile(values, 0.5);
  const between = quantile(values, 0.75) - quantile(values, 0.25);
  return { minimum, median, spread: between === 0 ? 0 : between / median };
}

/**
 * The value below which the part `q` (0 to 1) of all values lies, interpolated.
 * @throws RangeError without values
 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError('There are no values.');
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Measures each variant in each round, so that a change of the machine's load meets all of them. Every round starts with another
 * variant.
 * @returns the measurements of each variant, in the order of the rounds
 */
export async function interleaved<Name extends string, Measured>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name, round: number) => Promise<Measured>,
): Promise<Record<Name, Measured[]>> {
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<Name, Measured[]>;
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      measured[name].push(await measure(name, round));
    }
  }
  return measured;
}
