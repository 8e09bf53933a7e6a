import { check } from './checker.ts';
import { DEPLOYED } from './model.ts';
import { DEEP } from './scenarios.ts';

/** More than any scenario has: a bound that is reached leaves states unseen, and is a failure. */
const MOST_STATES = 2_000_000;

let states = 0;
let violations = 0;
const began = performance.now();
for (const scenario of DEEP) {
  const start = performance.now();
  const checked = check(DEPLOYED, scenario, MOST_STATES);
  const seconds = (performance.now() - start) / 1000;
  states += checked.states;
  const { name, requests, faults, drift, purge, foreign, inProgress, ageing } = scenario;
  const also = Object.entries({ drift, purge, foreign, inProgress, ageing }).filter(([, is]) => is);
  const bounds = [
    requests.map(({ ask, withToken }) => (withToken ? `${ask} with a token` : ask)).join(', '),
    Object.entries(faults)
      .map(([fault, times]) => `${fault} ${times}`)
      .join(', '),
    also.map(([option]) => option).join(', '),
  ].filter(Boolean);
  console.log(name);
  console.log(`  ${bounds.join(' · ')}`);
  console.log(
    `  ${checked.states} states, ${checked.transitions} steps, ${checked.depth} deep, ${seconds.toFixed(1)} s (${Math.round(checked.states / seconds)} states/s)`,
  );
  if (checked.violation) console.log(`\n${checked.violation.story}\n`);
  if (!checked.complete) console.log(`  stopped at ${MOST_STATES} states: this proves nothing`);
  if (checked.violation || !checked.complete) violations++;
}
const gigabytes = (process.resourceUsage().maxRSS / 1_048_576).toFixed(1);
console.log(`${DEEP.length} scenarios, ${((performance.now() - began) / 1000).toFixed(0)} s, at most ${gigabytes} GB`);
console.log(`${states} states, ${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;
