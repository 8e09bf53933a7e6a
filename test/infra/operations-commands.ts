import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { templateOf } from '../../bench/costs/template.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCS = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
const [, PREAMBLE = ''] = /^```sh\n(STAGE=dev\n[\s\S]*?)^```$/m.exec(DOCS) ?? [];

/** Prints the stack's resources as the AWS CLI does: CloudFormation returns pages of 100, and the CLI applies the query to each. */
const LIST = `
const { readFileSync } = await import('node:fs');
const { createRequire } = await import('node:module');
const { search } = createRequire(${JSON.stringify(join(ROOT, 'package.json'))})('@jmespath-community/jmespath');
const [, , ...args] = process.argv;
const option = (name) => args[args.indexOf(name) + 1];
const all = JSON.parse(readFileSync(import.meta.dirname + '/resources.json', 'utf8'))[option('--stack-name')] ?? [];
for (let from = 0; from < all.length; from += 100) {
  const found = search({ StackResourceSummaries: all.slice(from, from + 100) }, option('--query'));
  console.log(found.join('\\t'));
}
`;
/** The parts of the AWS CLI that the commands need. Records every call except those of CloudFormation. */
const cli = (folder: string) => `#!/bin/bash
case "$1 $2" in
  'cloudformation list-stack-resources') exec '${process.execPath}' '${join(folder, 'list.mjs')}' "$@" ;;
  'cloudformation describe-stacks') call="$*"; key=\${call#*OutputKey==?}; echo "arn:aws:states:eu-west-1:123456789012:\${key%%[^A-Za-z]*}" ;;
  'logs start-query') echo "$*" >> '${join(folder, 'calls')}'; echo the-query ;;
  *) echo "$*" >> '${join(folder, 'calls')}' ;;
esac
`;

/** Runs the commands of docs/operations.md. */
export function operationsCommands(): void {
  const deployment = templateOf({ events: true });
  /** The resources of the stack as CloudFormation lists them. */
  const summaries = Object.entries(deployment.Resources).map(([LogicalResourceId, { Type, Properties }]) => ({
    LogicalResourceId,
    ResourceType: Type,
    PhysicalResourceId:
      Type === 'AWS::Lambda::Function' ? String(Properties?.FunctionName) : `physical-${LogicalResourceId}`,
  }));

  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-commands-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    writeFileSync(join(folder, 'list.mjs'), LIST);
    writeFileSync(join(folder, 'aws'), cli(folder));
    chmodSync(join(folder, 'aws'), 0o755);
    // The names of another stage start with those of this one.
    const other = summaries.map((each) => ({ ...each, PhysicalResourceId: `${each.PhysicalResourceId}-of-another` }));
    writeFileSync(
      join(folder, 'resources.json'),
      JSON.stringify({ 'event-trackers-dev': summaries, 'event-trackers-dev-eu': other }),
    );
  });

  /** Runs commands in a shell after the first commands of the document. @returns their output and their AWS calls */
  function run(commands: string): { printed: string; calls: string[] } {
    writeFileSync(join(folder, 'calls'), '');
    const printed = execFileSync('bash', ['--norc', '-euc', `${PREAMBLE}\nsleep() { :; }\n${commands}`], {
      env: { PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { printed, calls: readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean) };
  }

  const functionNames = summaries
    .filter(({ ResourceType }) => ResourceType === 'AWS::Lambda::Function')
    .map(({ PhysicalResourceId }) => PhysicalResourceId);

  describe('the commands of docs/operations.md', () => {
    test('at the beginning find the stack through its outputs', () => {
      expect(run('echo "$MACHINE $TABLE $BUS $REGION $ACCOUNT"').printed).toBe(
        'arn:aws:states:eu-west-1:123456789012:StateMachineArn arn:aws:states:eu-west-1:123456789012:TableName ' +
          'arn:aws:states:eu-west-1:123456789012:BusName eu-west-1 123456789012\n',
      );
    });

    test('find each resource that they look up, even though the list has more than one page', () => {
      expect(summaries.length).toBeGreaterThan(100);
      const lookUps = [...DOCS.matchAll(/physical (AWS::\w+::\w+) (\w+)/g)];
      expect(lookUps.length).toBeGreaterThan(2);
      const { printed } = run(lookUps.map(([lookUp]) => `printf '%s\\n' "$(${lookUp})"`).join('\n'));
      const expected = lookUps.map(
        ([, type, prefix = '']) =>
          summaries.find((each) => each.ResourceType === type && each.LogicalResourceId.startsWith(prefix))
            ?.PhysicalResourceId,
      );
      expect(printed.trim().split('\n')).toEqual(expected);
    });

    test('query the logs of all functions of the stack, and of no other stage', () => {
      const { calls } = run('insights "limit 1"');
      expect(calls[0]).toMatch(/^logs start-query .*--query-string limit 1 --log-group-names /);
      const [, groups = ''] = / --log-group-names (.*) --query /.exec(calls[0] ?? '') ?? [];
      expect(groups.split(' ').sort()).toEqual(functionNames.map((name) => `/aws/lambda/${name}`).sort());
    });

    test('stop every function of the stack before a restore, but none of another stage; then start all but one', () => {
      const [, restore = ''] = /^## Restore the table$[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(DOCS) ?? [];
      const lines = restore.split('\n').filter((line) => /^FUNCTIONS=|^for f in \$FUNCTIONS/.test(line));
      expect(lines).toHaveLength(3);
      const { calls } = run(lines.join('\n'));
      const namesOf = (call: string) =>
        calls
          .filter((each) => each.startsWith(`lambda ${call} `))
          .map((each) => / --function-name (\S+)/.exec(each)?.[1]);
      expect(namesOf('put-function-concurrency').sort()).toEqual([...functionNames].sort());
      expect(namesOf('delete-function-concurrency').sort()).toEqual(
        functionNames.filter((name) => name !== 'event-trackers-dev-drift').sort(),
      );
    });

    test('deploy and destroy the same deployment', () => {
      for (const [command] of DOCS.matchAll(/^npx cdk .*$/gm)) expect(command).toContain('-c config=');
    });
  });
}
