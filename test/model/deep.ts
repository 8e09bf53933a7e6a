import { parseFlags, reportUsageError, UsageError } from '../../infra/command-line.ts';
import { check } from './checker.ts';
import { DEPLOYED } from './model.ts';
import { DEEP, QUICK } from './scenarios.ts';
import type { Scenario } from './world.ts';

const USAGE = `Usage: npm run test:model -- [flags]

  --only TEXT   explore only scenarios whose name contains TEXT
  --quick       explore the scenarios of npm test instead of the deep ones
  --list        list the scenarios and their bounds, explore nothing
  --help        print this text

The last line is "N states, V violations". After a violation, the exit code is 1 and the shortest counterexample is printed.`;

/** More than any scenario needs. Reaching it leaves states unexplored, so it counts as a failure. */
const MAX_STATES = 2_000_000;

function bounds({
  requests,
  faults,
  drift,
  recreateMissing,
  repairTags,
  purge,
  foreign,
  anothers,
  datasetGroup,
  inProgress,
  ageing,
  admission,
}: Scenario): string {
  const also = Object.entries({
    drift,
    recreateMissing,
    repairTags,
    purge,
    foreign,
    anothers,
    inProgress,
    ageing,
    admission,
  }).filter(([, is]) => is);
  return [
    requests
      .map(({ ask, tags, withToken, waits }) =>
        [ask, tags, withToken && 'with a token', waits && 'that waits'].filter(Boolean).join(' '),
      )
      .join(', '),
    Object.entries(faults)
      .map(([fault, times]) => `${fault} ${times}`)
      .join(', '),
    also.map(([option]) => option).join(', '),
    datasetGroup && `dataset group ${datasetGroup}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function explore(scenarios: readonly Scenario[]): void {
  let states = 0;
  let violations = 0;
  const began = performance.now();
  for (const scenario of scenarios) {
    console.log(scenario.name);
    console.log(`  ${bounds(scenario)}`);
    const start = performance.now();
    const checked = check(DEPLOYED, scenario, MAX_STATES);
    const seconds = (performance.now() - start) / 1000;
    states += checked.states;
    console.log(
      `  ${checked.states} states, ${checked.transitions} steps, ${checked.depth} deep, ${seconds.toFixed(1)} s (${Math.round(checked.states / seconds)} states/s)`,
    );
    if (checked.violation) console.log(`\n${checked.violation.story}\n`);
    if (!checked.complete) console.log(`  stopped at ${MAX_STATES} states: this proves nothing`);
    if (checked.violation || !checked.complete) violations++;
  }
  const gigabytes = (process.resourceUsage().maxRSS / 1_048_576).toFixed(1);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${scenarios.length} scenarios, ${seconds} s, at most ${gigabytes} GB`);
  console.log(`${states} states, ${violations} violations`);
  process.exitCode = violations === 0 ? 0 : 1;
}

const FLAGS = {
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function main(): void {
  const { only, quick, list, help } = parseFlags(process.argv.slice(2), FLAGS);
  const scenarios = (quick ? QUICK : DEEP).filter(({ name }) => name.includes(only));
  if (scenarios.length === 0) throw new UsageError(`--only: no scenario's name contains "${only}"; --list names them.`);
  if (help) console.log(USAGE);
  else if (list) for (const scenario of scenarios) console.log(`${scenario.name}\n  ${bounds(scenario)}`);
  else explore(scenarios);
}

try {
  main();
} catch (error) {
  reportUsageError(error, USAGE);
}
