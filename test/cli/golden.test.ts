import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { formatted, OUTPUT_FORMATS } from '../../cli/output/format.ts';
import { eventTrackers } from './binary.ts';
import { awsCli, commandLine, outcomeOfAws, Recorder } from './golden/aws-cli.ts';
import { CASES } from './golden/cases.ts';
import { inProcess } from './in-process.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, 'golden', name), 'utf8'));
const outcome = z.object({
  args: z.array(z.string()),
  code: z.int(),
  stdout: z.string(),
  stderr: z.string(),
  sent: z.unknown().optional(),
});
const { outcomes } = z.object({ version: z.string(), outcomes: z.array(outcome) }).parse(read('aws-cli.json'));

const recorder = new Recorder();
let url: string;
beforeAll(async () => {
  url = await recorder.listen();
});
afterAll(() => recorder.close());

const environment = { EVENT_TRACKERS_TOKEN: 'token' };

const inParallel = async (indexes: readonly number[], run: (index: number) => Promise<void>) => {
  const left = [...indexes];
  const worker = async () => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) await run(index);
  };
  await Promise.all([worker(), worker(), worker()]);
};

test('a command line has the same effect as with the AWS CLI: exit code, request and output', async () => {
  expect(outcomes.map(({ args }) => args)).toEqual(CASES.map(({ args }) => args));
  await inParallel([...CASES.keys()], async (index) => {
    const golden = CASES[index];
    const recorded = outcomes[index];
    if (golden === undefined || recorded === undefined) throw new Error(`no such case: ${index}`);
    const isSkeleton = golden.args.includes('--generate-cli-skeleton');
    // The service's output differs from Personalize's, so the skeletons are compared with --direct.
    const direct = isSkeleton ? ['--direct'] : [];
    const argv = [...commandLine(golden, url, index), ...direct];
    const actual =
      isSkeleton && golden.isBare ? await eventTrackers(argv, { environment }) : await inProcess(argv, environment);
    const about = { case: golden.args, stderr: actual.stderr };
    if (golden.differs !== undefined) {
      expect({ ...about, code: actual.code }).toEqual({
        case: golden.args,
        stderr: expect.stringContaining(golden.differs.prints),
        code: golden.args.includes('--profile') ? 253 : 252,
      });
      return;
    }
    expect({ ...about, code: actual.code, sent: recorder.sent(index) }).toEqual({
      ...about,
      code: recorded.code,
      sent: recorded.sent,
    });
    if (isSkeleton && recorded.code === 0) expect([golden.args, actual.stdout]).toEqual([golden.args, recorded.stdout]);
    if (golden.prints !== undefined) {
      expect([golden.args, recorded.stderr]).toEqual([golden.args, expect.stringContaining(golden.prints)]);
      expect([golden.args, actual.stderr]).toEqual([golden.args, expect.stringContaining(golden.prints)]);
    } else expect([golden.args, actual.code]).toEqual([golden.args, 0]);
  });
});

test('without --direct, the sample output is that of the service, not of Personalize', async () => {
  const args = [
    'create-event-tracker',
    '--name',
    'x',
    '--dataset-group-arn',
    'arn:aws:personalize:us-east-1:123456789012:dataset-group/x',
  ];
  const { stdout } = await eventTrackers([...args, '--generate-cli-skeleton', 'output']);
  expect(Object.keys(JSON.parse(stdout))).toEqual(['eventTrackerArn', 'trackingId', 'trackerId', 'status']);
});

// Without an installed AWS CLI, only the recording is compared.
const aws = awsCli();
const everyCase = process.env.AWS_CLI_CASES === 'all';
test.runIf(aws !== undefined)(
  'the installed AWS CLI behaves as recorded',
  async () => {
    // Each run takes a second, so npm test runs only the two input skeletons. test:ci runs every case.
    const indexes = [...CASES.keys()].filter(
      (index) =>
        everyCase ||
        (CASES[index]?.args[0] === '--generate-cli-skeleton' && outcomes[index]?.code === 0 && CASES[index]?.isBare),
    );
    await inParallel(indexes, async (index) => {
      const golden = CASES[index];
      if (aws === undefined || golden === undefined) return;
      const { code, stdout, sent } = await outcomeOfAws(aws, golden, recorder, url, index);
      expect({ case: golden.args, code, stdout, sent }).toEqual({
        case: golden.args,
        code: outcomes[index]?.code,
        stdout: outcomes[index]?.stdout,
        sent: outcomes[index]?.sent,
      });
    });
  },
  120_000,
);

test('json, yaml, text and table are exactly what the AWS CLI prints for the same results', async () => {
  const rows = z
    .array(z.object({ value: z.unknown(), json: z.string(), yaml: z.string(), text: z.string(), table: z.string() }))
    .parse(read('formats.json'));
  for (const { value, ...recorded } of rows) {
    for (const format of OUTPUT_FORMATS) {
      const actual = await formatted(value, { format, operation: 'DescribeEventTracker', width: 80, isColored: false });
      expect(actual).toBe(recorded[format]);
    }
  }
  expect(rows.length).toBeGreaterThan(10);
});
