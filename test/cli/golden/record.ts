import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsCli, outcomeOfAws, Recorder } from './aws-cli.ts';
import { CASES } from './cases.ts';

// `node test/cli/golden/record.ts` records the outcomes of all cases with the AWS CLI on the PATH.
const aws = awsCli();
if (aws === undefined) throw new Error('AWS CLI 2 is not on the PATH');
const recorder = new Recorder();
const url = await recorder.listen();
const outcomes = [];
for (const [index, golden] of CASES.entries()) {
  const { code, stdout, stderr, sent } = await outcomeOfAws(aws, golden, recorder, url, index);
  outcomes.push({ args: golden.args, code, stdout, stderr, ...(sent !== undefined && { sent }) });
}
recorder.close();
const version = spawnSync(aws, ['--version'], { encoding: 'utf8' }).stdout.split(' ')[0];
const file = join(import.meta.dirname, 'aws-cli.json');
writeFileSync(file, `${JSON.stringify({ version, outcomes }, null, 2)}\n`);
console.log(`${file}: ${outcomes.length} cases of ${version}`);
