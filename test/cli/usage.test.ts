import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optionsOf } from '../../cli/arguments.ts';
import { COMMANDS } from '../../cli/commands/all.ts';
import { GLOBAL_OPTIONS } from '../../cli/global-options.ts';
import { eventTrackers, ROOT } from './binary.ts';
import { inProcess } from './in-process.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const TOKEN = 'a-token-that-nobody-may-see';
/** Nothing listens on this port, so a case that sends a request exits with 255. */
const environment = { EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1', EVENT_TRACKERS_TOKEN: TOKEN };
const create = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', GROUP];

const ALIAS_BOMB = [...'abcdefg'].reduce(
  (text, name, index) =>
    `${text}${name}: &${name} [${Array(9)
      .fill(index === 0 ? 'x' : `*${'abcdefg'[index - 1]}`)
      .join(', ')}]\n`,
  '',
);

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-cli-'));
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Runs all cases at the same time, a few in parallel. */
async function each<Case>(cases: readonly Case[], run: (one: Case) => Promise<void>): Promise<void> {
  const left = [...cases];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await run(one);
  };
  await Promise.all([worker(), worker(), worker()]);
}

describe('an invalid command line: 252, nothing on stdout, and the reason on stderr', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /the following arguments are required: command/],
    [['nonsense'], /argument command: Invalid choice: nonsense, .*create-event-tracker.*help\n$/],
    // A misspelled name.
    [['creat-event-tracker'], /Did you mean create-event-tracker\?\n$/],
    [['list-event-tracker', '--status', 'ACTIVE'], /Did you mean list-event-trackers\?\n$/],
    [['describe'], /Did you mean describe-event-tracker\?\n$/],
    [['wait', 'event-tracker-activ'], /Did you mean event-tracker-active\?\n$/],
    [['completion', 'bahs'], /Did you mean bash\?\n$/],
    [
      [...create, '--tag', 'tagKey=a,tagValue=b'],
      /Unknown options: --tag, tagKey=a,tagValue=b\nDid you mean --tags\?\n$/,
    ],
    [[...create, '--dataset-group-anr=x'], /Did you mean --dataset-group-arn\?\n$/],
    [['list-event-trackers', '--max-item', '3'], /Did you mean --max-items\?\n$/],
    [['list-event-trackers', '--status', 'CREATE_FAILED'], /Did you mean CREATE FAILED\?\n$/],
    [[...create, '--output', 'jsno'], /Did you mean json\?\n$/],
    [[...create, '--xyzzy'], /Unknown options: --xyzzy\n$/],
    [['wait'], /the following arguments are required: subcommand/],
    [
      ['wait', 'nonsense'],
      /argument subcommand: Invalid choice: nonsense, .*event-tracker-active, event-tracker-updated, event-tracker-deleted/,
    ],
    [[...create, '--bogus', 'z'], /Unknown options: --bogus, z/],
    [[...create, 'extra'], /Unknown options: extra/],
    [['create-event-tracker', '--nam', 'x', '--dataset-group-arn', GROUP], /Unknown options: --nam, x/],
    [['create-event-tracker', '--name', '--tags', 'a=b'], /argument --name: expected one argument/],
    [['create-event-tracker', '--name'], /argument --name: expected one argument/],
    [['create-event-tracker', '--dataset-group-arn', GROUP], /arguments are required: --name/],
    [[...create, '--wait=yes'], /argument --wait: expected no argument/],
    [
      [...create, '--tags', 'tagKey=a,tagValue=b', '--tags', 'tagKey=c,tagValue=d'],
      /argument --tags: given twice; list all values after one --tags/,
    ],
    [[...create, '--tags', 'tagKey=a,tagValue=b', 'tagKey=a,tagValue=c'], /tags: contains the tagKey "a" twice/],
    [['create-event-tracker', '--name', '-', '--dataset-group-arn', GROUP], /parameter name: must start with a letter/],
    [
      ['create-event-tracker', '--name', 'x'.repeat(64), '--dataset-group-arn', GROUP],
      /name, value: 64, valid max length: 63/,
    ],
    [
      ['create-event-tracker', '--name', 'x', '--dataset-group-arn', 'y'],
      /datasetGroupArn: must be the ARN of a dataset group/,
    ],
    [[...create, '--region', 'eu-west-1'], /--dataset-group-arn: its Region is us-east-1, but --region is eu-west-1/],
    [
      ['create-event-tracker', '--name', 'x', '--dataset-group-arn', 'arn:aws:personalize:::dataset-group/x'],
      /it has no Region; add it, or set --region/,
    ],
    [[...create, '--client-context', 'x'.repeat(1025)], /clientContext, value: 1025, valid max length: 1024/],
    [[...create, '--idempotency-key', 'é'], /--idempotency-key: must be 1 to 255 printable ASCII characters/],
    [[...create, '--dry-run', '--wait'], /argument --dry-run: not allowed with --wait/],
    [[...create, '--timeout', '5'], /argument --timeout: not allowed without --wait/],
    [
      ['create-event-tracker', '--cli-input-yaml', 'name: *x'],
      /cli-input-yaml': Invalid YAML received. Unresolved alias/,
    ],
    [
      ['create-event-tracker', '--cli-input-yaml', 'name: &a [*a]'],
      /cli-input-yaml': an anchor must not contain an alias/,
    ],
    [[...create, '--cli-input-yaml', ALIAS_BOMB], /cli-input-yaml': Invalid YAML received. Excessive alias count/],
    [[...create, '--timeout', '0'], /argument --timeout: invalid int value: '0'/],
    [
      [...create, '--cli-input-json', '{}', '--cli-input-yaml', 'a: b'],
      /Only one --cli-input- parameter may be specified/,
    ],
    [[...create, '--output', 'xml'], /argument --output: Invalid choice, valid choices are: json, text, table, yaml/],
    [[...create, '--color', 'blue'], /argument --color: Invalid choice, valid choices are: on, off, auto/],
    [[...create, '--query', '"a"(@)'], /Bad value for --query "a"\(@\): .*quoted identifier not allowed/],
    [[...create, '--query', '[[['], /Bad value for --query \[\[\[: Invalid jmespath expression/],
    [[...create, '--cli-read-timeout', 'x'], /argument --cli-read-timeout: invalid int value: 'x'/],
    [[...create, '--cli-connect-timeout', '-1'], /argument --cli-connect-timeout: invalid int value: '-1'/],
    [
      [...create, '--endpoint-url', 'http://198.51.100.1'],
      /Bad value for --endpoint-url: it must be https, except on localhost/,
    ],
    [[...create, '--endpoint-url', 'nope'], /Bad value for --endpoint-url: it must be a URL/],
    [
      ['describe-event-tracker'],
      /exactly one of the arguments --tracker-id, --event-tracker-arn, --dataset-group-arn is required/,
    ],
    [['describe-event-tracker', '--tracker-id', 'et-x', '--dataset-group-arn', GROUP], /exactly one of/],
    [['describe-event-tracker', '--cli-input-json', '{}'], /exactly one of/],
    [['describe-event-tracker', '--direct'], /the following arguments are required: --event-tracker-arn/],
    [['watch', '--tracker-id', 'et-x', '--dataset-group-arn', GROUP], /at most one of/],
    [['history', '--tracker-id', 'et-x', '--tenant-id', 'acme'], /--tenant-id: not allowed with --tracker-id/],
    [['history', '--tracker-id', '../health'], /parameter trackerId: must be et- and 26 letters or digits/],
    [
      ['describe-event-tracker', '--event-tracker-arn', GROUP],
      /parameter eventTrackerArn: must be the ARN of an event tracker: arn:PARTITION:personalize:/,
    ],
    [['list-event-trackers', '--max-items', 'x'], /argument --max-items: invalid int value: 'x'/],
    [
      ['list-event-trackers', '--page-size', '101'],
      /argument --page-size: invalid int value: '101' \(must be a whole number from 1 to 100\)/,
    ],
    [['list-event-trackers', '--starting-token', 'abc'], /Bad starting token/],
    [['list-event-trackers', '--status', 'READY'], /argument --status: Invalid choice, .*CREATE FAILED/],
    [
      ['list-event-trackers', '--no-paginate', '--max-items', '1'],
      /Cannot specify --no-paginate along with pagination arguments: --max-items/,
    ],
    [['put-events', '--dataset-group-arn', GROUP, '--session-id', 's'], /arguments are required: --event-list/],
    [
      ['put-events', '--dataset-group-arn', GROUP, '--session-id', 's', '--event-list', 'eventType=e,sentAt=noon'],
      /eventList\[0\]\.sentAt: must be an ISO 8601 time/,
    ],
    [
      [
        'put-events',
        '--dataset-group-arn',
        GROUP,
        '--session-id',
        's',
        '--event-list',
        '[{"eventType":"e","sentAt":1,"properties":"x"}]',
      ],
      /eventList\[0\]\.properties: must be an object/,
    ],
    [['watch', '--output', 'table'], /--output: watch prints line by line and does not support table/],
    [['watch', '--interval', '0'], /argument --interval: invalid int value: '0'/],
    [['delete-event-tracker', '--direct', '--tracker-id', 'et-x'], /--direct: not allowed with delete-event-tracker/],
    [[...create, '--direct', '--wait'], /argument --wait: not allowed with --direct/],
    [
      ['describe-event-tracker', '--direct', '--dataset-group-arn', GROUP],
      /argument --dataset-group-arn: not allowed with --direct: Personalize does not support it/,
    ],
    // Options of the AWS CLI that are not supported.
    [[...create, '--no-sign-request'], /--no-sign-request: not supported: the API requires a token/],
    [[...create, '--no-verify-ssl'], /--no-verify-ssl: not supported: the connection carries a bearer token/],
    [[...create, '--cli-binary-format', 'base64'], /--cli-binary-format: not supported: no parameter is binary/],
    [[...create, '--cli-auto-prompt'], /--cli-auto-prompt: not supported: there is no prompt/],
    [['help', 'nonsense'], /no help for nonsense: no such command\n$/],
    [['help', 'creat-event-tracker'], /no such command\nDid you mean create-event-tracker\?\n$/],
    [['help', 'wiat'], /Did you mean wait\?\n$/],
    [['help', 'wait', 'event-tracker-activ'], /Did you mean wait event-tracker-active\?\n$/],
    // What other tools call it.
    [['events'], /Did you mean watch\?\n$/],
    [['help', 'events'], /Did you mean watch\?\n$/],
  ];
  test('run by the binary', async () => {
    const { code, stdout, stderr } = await eventTrackers(['nonsense'], { environment });
    expect([code, stdout, stderr]).toEqual([252, '', expect.stringContaining('argument command: Invalid choice')]);
  });

  test('run in this process, in every case', async () => {
    await each(cases, async ([args, message]) => {
      const { code, stdout, stderr } = await inProcess(args, environment);
      expect([args, stderr]).toEqual([args, expect.stringMatching(message)]);
      expect([args, code, stdout]).toEqual([args, 252, '']);
      expect(stderr).not.toContain(TOKEN);
    });
  });
});

describe('an invalid configuration: 253', () => {
  const config = (text: string, more: Record<string, string> = {}) => ({
    EVENT_TRACKERS_CONFIG_FILE: fileOf(`config-${Math.random()}`, text),
    ...more,
  });
  const url = { EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const cases: readonly (readonly [Record<string, string>, readonly string[], RegExp])[] = [
    [{ EVENT_TRACKERS_TOKEN: TOKEN }, [], /Unable to locate the endpoint\. Set --endpoint-url/],
    [url, [], /Unable to locate a token\. Set EVENT_TRACKERS_TOKEN/],
    [{ ...url, EVENT_TRACKERS_TOKEN: 'two words' }, [], /Unable to get a token: EVENT_TRACKERS_TOKEN must be one word/],
    [
      { ...url, EVENT_TRACKERS_TOKEN_FILE: '/nonexistent/token' },
      [],
      /Unable to read the token file \/nonexistent\/token: ENOENT/,
    ],
    [{ ...url, EVENT_TRACKERS_TOKEN_COMMAND: 'exit 3' }, [], /token command failed with exit code 3/],
    [{ ...url, EVENT_TRACKERS_TOKEN_COMMAND: 'true' }, [], /the output of the token command is empty/],
    [
      { EVENT_TRACKERS_TOKEN: TOKEN, EVENT_TRACKERS_ENDPOINT_URL: 'http://198.51.100.1' },
      [],
      /configured endpoint must be https, except on localhost/,
    ],
    [
      config('[default]\nregion = us-east-1\n', url),
      ['--profile', 'nobody'],
      /config profile \(nobody\) could not be found/,
    ],
    [config('[default]\ntokn_file = x\n', url), [], /:2: unknown setting "tokn_file": must be one of endpoint_url/],
    [config(`[default]\ntoken = ${TOKEN}\n`, url), [], /:2: unknown setting "token": do not put a token here/],
    [config('region = us-east-1\n', url), [], /:1: must be key = value, under/],
    [config('[shop]\n', url), [], /:1: a section must be \[default\] or \[profile NAME\]/],
    [
      config('[default]\noutput = xml\n', { ...url, EVENT_TRACKERS_TOKEN: TOKEN }),
      [],
      /configured output format must be one of json/,
    ],
    [
      { ...url, EVENT_TRACKERS_TOKEN: TOKEN },
      ['--ca-bundle', '/nonexistent/ca'],
      /Unable to read the CA bundle \/nonexistent\/ca: ENOENT/,
    ],
    [{ ...url, EVENT_TRACKERS_TOKEN: TOKEN }, ['--ca-bundle', fileOf('empty.pem', '')], /contains no PEM certificate/],
  ];
  test('run by the binary, with a configuration in the home folder', async () => {
    const home = mkdtempSync(join(tmpdir(), 'event-trackers-home-'));
    mkdirSync(join(home, '.config/event-trackers'), { recursive: true });
    writeFileSync(join(home, '.config/event-trackers/config'), '[default]\nendpoint_url = http://127.0.0.1:1\n');
    const { code, stdout, stderr } = await eventTrackers(['list-event-trackers'], { environment: { HOME: home } });
    expect([code, stdout, stderr]).toEqual([253, '', expect.stringContaining('Unable to locate a token')]);
  });

  test('run in this process, in every case', async () => {
    await each(cases, async ([environment, args, message]) => {
      const { code, stdout, stderr } = await inProcess(['list-event-trackers', ...args], environment);
      expect([stderr, code]).toEqual([expect.stringMatching(message), 253]);
      expect(stdout).toBe('');
      expect(stderr).not.toContain(TOKEN);
    });
  });
});

test('a usage error shows the usage of the command that was typed, or the general usage if there is none', async () => {
  const usageOf = async (...args: string[]) => {
    const { code, stderr } = await inProcess(args, environment);
    expect(code).toBe(252);
    return stderr.slice(0, stderr.indexOf('event-trackers: error: '));
  };
  const ofCreate = await usageOf('create-event-tracker', '--name', 'history');
  expect(ofCreate).toMatch(/^\nusage: event-trackers create-event-tracker\n {3}\[--name NAME\] \[--dataset/);
  expect(ofCreate).toContain('  event-trackers create-event-tracker help\n');
  expect(await usageOf('wait', 'event-tracker-active', '--bogus')).toContain(
    '[--tracker-id ID] [--event-tracker-arn ARN] [--dataset-group-arn ARN]\n',
  );
  expect(await usageOf('wait', 'nonsense')).toMatch(
    /^\nusage:\n {2}event-trackers wait event-tracker-active \[parameters\]\n[\s\S]* {2}event-trackers wait help\n/,
  );
  for (const args of [
    // The value of a global option is not the command, and an error may come before the command.
    ['--profile', 'history', 'list-event-trackers', '--bogus'],
    ['--output', 'xml', 'list-event-trackers'],
    ['list-event-trackers', '--no-paginate', '--max-items', '1'],
    ['list-event-trackers', '--direct'],
  ]) {
    expect(await usageOf(...args)).toContain('usage: event-trackers list-event-trackers\n');
  }
  for (const args of [[], ['nonsense'], ['--bogus']]) {
    expect(await usageOf(...args)).toContain('usage: event-trackers [options] <command> [parameters]');
  }
});

describe('help and version', () => {
  test('every command has help with its options, examples and output, by `CMD help`, `help CMD` and --help', async () => {
    const commands = [...COMMANDS];
    await each(commands, async (command) => {
      const { code, stdout, stderr } = await inProcess([...command.words, 'help'], environment);
      expect([code, stderr]).toEqual([0, '']);
      for (const { flag } of optionsOf(command)) expect(stdout).toContain(`   ${flag}`);
      expect(stdout).toContain(
        `EXAMPLES\n   ${command.examples[0]?.text}\n\n      event-trackers ${command.words.join(' ')}`.replace(
          /TRACKING_ID.*/,
          '',
        ),
      );
      expect(stdout).toContain('OUTPUT\n');
    });
    const [ofHelp, ofFlag, ofWait, all] = await Promise.all([
      inProcess(['help', 'wait', 'event-tracker-active']),
      eventTrackers(['wait', 'event-tracker-active', '--help']),
      inProcess(['wait', 'help']),
      inProcess(['help']),
    ]);
    expect(ofHelp.stdout).toContain('wait event-tracker-active - Waits until');
    expect(ofFlag).toEqual(ofHelp);
    expect(ofWait.stdout).toContain('wait event-tracker-deleted');
    for (const { flag } of GLOBAL_OPTIONS) expect(all.stdout).toContain(`   ${flag}`);
    for (const command of COMMANDS) expect(all.stdout).toContain(command.words.join(' '));
  });

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { code, stdout } = await eventTrackers(['--version']);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`event-trackers/${version} Node/24.`)]);
  });
});

test('every option is used in a test that runs its command', () => {
  const sources = readdirSync(import.meta.dirname)
    // This file has only refused options, --version and --help.
    .filter((name) => name.endsWith('.test.ts') && name !== 'usage.test.ts')
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n');
  const options = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap(optionsOf)].filter(({ refused }) => refused === undefined);
  const flags = new Set(options.map(({ flag }) => flag).filter((flag) => flag !== '--version' && flag !== '--help'));
  const missing = [...flags].filter((flag) => !new RegExp(`['"\` ]${flag}['"\`= ]`).test(sources));
  expect(missing).toEqual([]);
});
