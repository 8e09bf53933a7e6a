import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';
import { openApiChecks } from './openapi.ts';

/**
 * `npm run test:ci`: installs what the tests need beyond npm, runs them, and prints the counts of these tests and of the
 * `npm test` before. Exits with 1 if anything failed.
 */
const root = resolve(import.meta.dirname, '../..');
const RESULTS = join(root, 'node_modules/.cache/vitest-results.json');
const DYNOXIDE = '@dynoxide/linux-x64@1.2.1';

const ASYNCAPI_PARSER = '@asyncapi/parser@3.6.3';
const PLAYWRIGHT = 'playwright-core@1.64.1';
const AXE = 'axe-core@4.14.1';
const RUNTIME_CLIENT = 'aws-lambda-ric@4.0.2';
const SBOM_VALIDATOR = [
  '@cyclonedx/cyclonedx-library@10.3.0',
  'ajv@8.20.0',
  'ajv-formats@3.0.1',
  'ajv-formats-draft2019@1.6.1',
];
const IAM_SIMULATOR = '@cloud-copilot/iam-simulate@0.1.173';
/** What compiles the runtime client's native part: the packages of Debian by their programs. */
const COMPILERS = { cmake: 'cmake', make: 'make', 'g++': 'g++', python3: 'python3', xz: 'xz-utils' };
const CHROMIUM = '/usr/bin/chromium';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-ci-'));
let failed = 0;
let passed = 0;
/** What failed, repeated at the end: the output before is long. */
const failures: string[] = [];

/** A part of vitest's JSON report. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Adds the counts of a run. A run without results or tests has failed. */
function count(file: string): void {
  const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined;
  if (!results || results.numPassedTests === 0) {
    fail(`${file}: no test ran`);
    return;
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  for (const { name, message, assertionResults } of results.testResults) {
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of tests) {
      failures.push(`${relative(root, name)}: ${fullName}\n  ${failureMessages.join('\n').slice(0, 500)}`);
    }
    if (tests.length === 0 && message) failures.push(`${relative(root, name)}: ${message.slice(0, 500)}`);
  }
  if (!results.success && results.numFailedTests === 0) failed++;
}

function fail(what: string): void {
  console.error(what);
  failures.push(what);
  failed++;
}

function run(command: string, args: readonly string[], environment: Record<string, string> = {}): boolean {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
  return status === 0;
}

/** Runs the store's tests on a second DynamoDB engine. Its npm package has a binary for one platform, so it is not a dependency. */
function secondEngine(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      `the second DynamoDB engine runs only on Linux x64, not on ${process.platform} ${process.arch}: skipped`,
    );
    return;
  }
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, DYNOXIDE])) {
    failed++;
    return;
  }
  const results = join(folder, 'store.json');
  run('npx', ['vitest', 'run', 'test/contract/store.test.ts'], {
    VITEST_RESULTS: results,
    DYNOXIDE: join(folder, 'node_modules/@dynoxide/linux-x64/dynoxide'),
  });
  count(results);
  const ran = existsSync(results) && readFileSync(results, 'utf8').includes('the store: dynoxide over the wire');
  if (!ran) {
    console.error('the store was not tested on dynoxide');
    failed++;
  }
}

/** Counts a check outside vitest as one test. */
function check(name: string, ok: boolean): void {
  if (ok) passed++;
  else fail(`${name}: failed`);
}

/** Checks the OpenAPI document with the tools of its users, and that the client's generated types are current. */
function openApi(): void {
  for (const [name, ok] of openApiChecks(folder, run)) check(name, ok);
  const generator = join(root, 'tools/client/generate.ts');
  check("the client's types", run(process.execPath, [generator, '--check']));
}

/** Checks the AsyncAPI document and the JSON Schemas with the tools of their users. */
function asyncApi(): void {
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, ASYNCAPI_PARSER])) {
    check('installing @asyncapi/parser', false);
    return;
  }
  const results = join(folder, 'asyncapi.json');
  run('npx', ['vitest', 'run', 'test/ci/asyncapi.test.ts'], { VITEST_RESULTS: results, ASYNCAPI_PARSER: folder });
  count(results);
}

/** Packs, installs and uses the packages. */
function pack(): void {
  check('npm run pack', run('npm', ['run', '--silent', 'pack']));
  check('the reference of the constructs', run('npm', ['run', '--silent', 'cdk-api', '--', '--check']));
  const results = join(folder, 'pack.json');
  run('npx', ['vitest', 'run', 'test/ci/pack'], { VITEST_RESULTS: results, TEST_PACKAGE: 'yes' });
  count(results);
}

/** Runs `npm run test:deployed` against the local runtime, and with planted faults. */
function deployed(): void {
  const results = join(folder, 'deployed.json');
  run('npx', ['vitest', 'run', 'test/ci/deployed.test.ts'], { VITEST_RESULTS: results, TEST_DEPLOYED: 'yes' });
  count(results);
}

/** Runs each function's bundle under AWS's runtime client. Its native part is compiled here; what compiles it is installed if missing. */
function runtimeClient(): void {
  const missing = Object.entries(COMPILERS).flatMap(([program, name]) =>
    spawnSync(program, ['--version']).error === undefined ? [] : [name],
  );
  if (missing.length > 0) {
    const isInstalled =
      run('apt-get', ['update']) && run('apt-get', ['install', '-y', '--no-install-recommends', ...missing]);
    if (!isInstalled) {
      check('installing what compiles the runtime client', false);
      return;
    }
  }
  const place = join(folder, 'runtime-client');
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', place, RUNTIME_CLIENT])) {
    check(`installing ${RUNTIME_CLIENT}`, false);
    return;
  }
  const results = join(folder, 'runtime-client.json');
  run('npx', ['vitest', 'run', 'test/ci/runtime-client.test.ts'], {
    VITEST_RESULTS: results,
    RUNTIME_CLIENT: join(place, 'node_modules/aws-lambda-ric'),
  });
  count(results);
}

/** Checks the licences, and that `npm run sbom` writes a valid CycloneDX document. */
function supplyChain(): void {
  check('licences', run(process.execPath, [join(root, 'tools/licenses/check.ts')]));
  const file = join(folder, 'sbom.json');
  const place = join(folder, 'sbom');
  const isReady =
    run(process.execPath, [join(root, 'infra/sbom/main.ts'), '--output', file]) &&
    run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', place, ...SBOM_VALIDATOR]);
  if (!isReady) {
    check('writing the bill of materials', false);
    return;
  }
  const results = join(folder, 'sbom-results.json');
  run('npx', ['vitest', 'run', 'test/ci/sbom.test.ts'], {
    VITEST_RESULTS: results,
    SBOM_FILE: file,
    SBOM_VALIDATOR: place,
  });
  count(results);
}

/** Evaluates the synthesized policies. The simulator is AGPL, so it is a tool of this run and no dependency. */
function iam(): void {
  const place = join(folder, 'iam');
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', place, IAM_SIMULATOR])) {
    check(`installing ${IAM_SIMULATOR}`, false);
    return;
  }
  const results = join(folder, 'iam.json');
  run('npx', ['vitest', 'run', 'test/ci/iam.test.ts'], { VITEST_RESULTS: results, IAM_SIMULATOR: place });
  count(results);
}

/** Tests the docs page and the console in Debian's Chromium, which is installed if missing. */
function browser(): void {
  if (!existsSync(CHROMIUM)) {
    const isInstalled =
      run('apt-get', ['update']) && run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
    if (!isInstalled) {
      check('installing Chromium', false);
      return;
    }
  }
  if (!run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, PLAYWRIGHT, AXE])) {
    check('installing playwright-core and axe-core', false);
    return;
  }
  const results = join(folder, 'browser.json');
  run('npx', ['vitest', 'run', 'test/ci/docs-page.test.ts', 'test/ci/console'], {
    VITEST_RESULTS: results,
    PLAYWRIGHT_CORE: join(folder, 'node_modules/playwright-core'),
  });
  count(results);
}

/** Tests the command line in tmux, which is installed if missing, and compares every case with the AWS CLI. */
function commandLine(): void {
  const isThere = (program: string) => spawnSync(program, ['-V']).error === undefined;
  if (!isThere('tmux')) {
    const isInstalled =
      run('apt-get', ['update']) && run('apt-get', ['install', '-y', '--no-install-recommends', 'tmux']);
    if (!isInstalled) {
      check('installing tmux', false);
      return;
    }
  }
  const results = join(folder, 'command-line.json');
  run('npx', ['vitest', 'run', 'test/ci/terminal.test.ts', 'test/cli/golden.test.ts'], {
    VITEST_RESULTS: results,
    AWS_CLI_CASES: 'all',
    TERMINAL_TESTS: 'tmux',
  });
  count(results);
}

/**
 * Runs the longer versions of tests of `npm test`: the largest model scenarios, more fuzzed requests, kills
 * and onboarded tenants, the other fault rows.
 */
function repetitions(): void {
  const results = join(folder, 'repetitions.json');
  const files = [
    'test/model/quick.test.ts',
    'test/fuzz',
    'test/crash/short.test.ts',
    'test/faults/personalize.test.ts',
    'test/faults/around.test.ts',
    'test/e2e/onboarding-list.test.ts',
    'test/e2e/operations.test.ts',
  ];
  const sizes = {
    MODEL_SCENARIOS: 'all',
    FUZZ_RUNS: '1000',
    OPERATION_TRACKERS: '300',
    SHAPES: 'all',
    CRASH_KILLS: '5',
    FAULT_ROWS: 'repeated',
    ONBOARDED_TENANTS: '500',
  };
  run('npx', ['vitest', 'run', ...files], { VITEST_RESULTS: results, ...sizes });
  count(results);
}

/** The path of an AWS CLI that has every option in the documents (1.45 or 2.30, or later). Debian 12 has 2.9. */
function recentAwsCli(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'aws'))
    .find((path) => {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      const [, major, minor] = /^aws-cli\/(\d+)\.(\d+)\./.exec(stdout ?? '') ?? [];
      return Number(minor) >= (major === '1' ? 45 : 30);
    });
}

/** Checks the AWS commands of the documents if a recent AWS CLI is installed, which npm cannot do. */
function awsCommands(): void {
  const cli = recentAwsCli();
  if (cli === undefined) {
    console.log('AWS CLI 1.45 or 2.30, or later, is not installed: the commands of the documents are not checked');
    return;
  }
  const results = join(folder, 'aws-commands.json');
  run('npx', ['vitest', 'run', 'test/ci/aws-commands.test.ts'], { VITEST_RESULTS: results, AWS_CLI: cli });
  count(results);
}

/** Pastes the blocks of README.md and docs/, in the order of the pages and each page alone. */
function pages(): void {
  const results = join(folder, 'pages.json');
  run('npx', ['vitest', 'run', 'test/ci/pasted.test.ts'], { VITEST_RESULTS: results, PASTED_PAGES: 'yes' });
  count(results);
}

/** A configuration with every feature, so that every resource is linted. */
const FULL = {
  stage: 'full',
  issuer: 'https://issuer.example.org/',
  audience: ['event-trackers'],
  platformRoles: ['arn:aws:iam::123456789012:role/platform'],
  events: true,
  callbacks: true,
  encryption: 'CUSTOMER_MANAGED',
  alarmEmail: 'oncall@example.com',
};

const ONBOARDING = [
  ...['--app', 'node_modules/.bin/node examples/onboarding-stack/app.ts'],
  ...['-c', 'apiUrl=https://abc.execute-api.us-east-1.amazonaws.com'],
  ...['-c', 'platformInvokeArn=arn:aws:execute-api:us-east-1:123456789012:abc/$default/*/platform/*'],
  ...['-c', 'trackingIdPath=/event-trackers/full'],
];

/**
 * Runs `npx cdk synth` as a user does, which also validates each template against CloudFormation's schemas. Lints the templates with
 * cfn-lint if it is installed (`pip install cfn-lint`); npm cannot install it.
 */
function templates(): void {
  const results = join(folder, 'synth.json');
  run('npx', ['vitest', 'run', 'test/ci/synth.test.ts'], { VITEST_RESULTS: results, SYNTHESIS: 'yes' });
  count(results);
  if (spawnSync('cfn-lint', ['--version']).status !== 0) {
    console.log('cfn-lint is not installed: the templates are not linted');
    return;
  }
  const config = join(folder, 'full.json');
  writeFileSync(config, JSON.stringify(FULL));
  for (const [name, args] of [
    ['dev', []],
    ['full', ['-c', `config=${config}`]],
  ] as const) {
    const output = join(folder, name);
    check(`synthesizing ${name}`, run('npx', ['cdk', 'synth', '--quiet', '--output', output, ...args]));
    // W3005: the CDK writes dependencies that a reference already implies.
    const template = join(output, `event-trackers-${name}.template.json`);
    check(`cfn-lint of ${name}`, run('cfn-lint', ['--ignore-checks', 'W3005', '--', template]));
  }
  const output = join(folder, 'onboarding');
  check(
    'synthesizing the onboarding example',
    run('npx', ['cdk', 'synth', '--quiet', '--output', output, ...ONBOARDING]),
  );
  const template = join(output, 'event-trackers-onboarding.template.json');
  check('cfn-lint of the onboarding example', run('cfn-lint', ['--ignore-checks', 'W3005', '--', template]));
}

try {
  count(RESULTS);
  secondEngine();
  openApi();
  asyncApi();
  pack();
  deployed();
  runtimeClient();
  iam();
  supplyChain();
  browser();
  templates();
  awsCommands();
  pages();
  commandLine();
  repetitions();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failures.length > 0) console.error(`What failed:\n${failures.join('\n')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
