import { rmSync } from 'node:fs';
import { parseFlags, reportUsageError, UsageError } from '../../infra/command-line.ts';
import { runCampaign } from './campaign.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import { isAccepted, isNew } from './story.ts';

const USAGE = `Usage: npm run test:crash -- [flags]

  --kills N   how often the local runtime is killed, 1 or more (default 100)
  --seed N    determines the requests and the times of the kills, 0 to 4294967295 (default: a new one, which is printed)
  --life N    the longest life of a runtime in milliseconds, 1 or more (default 2000): longer on a busy machine, so that enough happens
  --keep      keep the data folder and the runtimes' output even without a violation
  --help      this text

After a violation, the exit code is 1 and the history of its dataset group is printed.`;

function wholeNumber(flag: string, text: string, from: number): number {
  const number = Number(text);
  if (/^\d{1,10}$/.test(text) && number >= from && number < 2 ** 32) return number;
  throw new UsageError(`--${flag} must be a whole number from ${from} to ${2 ** 32 - 1}, not "${text}".`);
}

async function main(): Promise<void> {
  const { help, keep, ...flags } = parseFlags(process.argv.slice(2), {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    life: { type: 'string', default: '2000' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (help) return console.log(USAGE);
  const seed = wholeNumber('seed', flags.seed, 0);
  const kills = wholeNumber('kills', flags.kills, 1);
  const lifeMs = wholeNumber('life', flags.life, 1);
  const startedAt = performance.now();
  const onProgress = (line: string) =>
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  console.log(
    `seed ${seed}: ${kills} kills (again: npm run test:crash -- --seed ${seed} --kills ${kills} --life ${lifeMs})`,
  );
  const { story, folder } = await runCampaign({
    seed,
    kills,
    tenants: ['acme', 'umbrella', 'initech'],
    groupsEach: 4,
    idleWithinMs: 180_000,
    lifeMs,
    onProgress,
  });

  const violations = judge(story);
  if (violations.length > 0) console.log(printStories(story, violations));
  if (violations.length === 0 && !keep) rmSync(folder, { recursive: true, force: true });
  else console.log(`The data folder and the runtimes' output are in ${folder}`);
  const broken = story.requests.flatMap(({ tries }) => tries).filter(({ answer }) => answer === 'broken').length;
  const starting = story.kills.filter(({ moment }) => moment.endsWith('launch')).length;
  console.log(
    [
      `seed ${seed}`,
      `${starting} kills during a start`,
      `${story.requests.length} requests answered`,
      `${broken} connections broken`,
      `${story.book.length} trackers created`,
      `${story.stream.length} events`,
      `${story.readings.length} readings at Personalize`,
    ].join(', '),
  );
  const accepted = story.requests.filter(isAccepted).length;
  const patched = story.requests.filter((request) => request.kind === 'PATCH' && isNew(request)).length;
  console.log(
    `${story.kills.length} kills, ${accepted} requests accepted, ${patched} of them PATCH, ${violations.length} violations`,
  );
  process.exitCode = violations.length > 0 ? 1 : 0;
}

await main().catch((error: unknown) => reportUsageError(error, USAGE));
