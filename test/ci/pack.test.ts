import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../tools/packages/manifests.ts';
import { examplesOf, printed } from '../client/docs-examples.ts';
import { type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import {
  ARE_PACKAGES_TESTED,
  COMPILERS,
  deadLinksIn,
  filesIn,
  install,
  NODES,
  run,
  sizeOf,
  tarballOf,
} from './packages.ts';

/* Run by `npm run test:ci`. Installs the packed package in an empty project, compiles against it, and runs it. */
const PAGES = ['client.md', 'events.md'];
/** Additional packages for the example of client.md that signs its requests. */
const SIGNING = ['@smithy/signature-v4@5.7.5', '@aws-crypto/sha256-js@5.2.0'];

let folder: string;
let runtime: LocalRuntime;
let packed: string[];
const project = () => join(folder, 'project');

describe.skipIf(!ARE_PACKAGES_TESTED)('the package event-trackers', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'event-trackers-pack-'));
    const tarball = tarballOf('event-trackers');
    packed = filesIn(tarball);
    install(folder, 'project', [tarball, '@types/node@24', ...SIGNING]);
    install(folder, 'bare', [tarball]);
    for (const [name, compiler] of Object.entries(COMPILERS)) install(folder, `typescript-${name}`, [compiler]);
    for (const [major, node] of Object.entries(NODES)) install(folder, `node-${major}`, [node]);
    runtime = await startLocalRuntime();
    const timing = { createPendingMs: 100, createInProgressMs: 200, deletePendingMs: 100, deleteInProgressMs: 200 };
    await local(runtime, 'PUT', '/_simulator/timing', timing);
  }, 300_000);
  afterAll(async () => {
    await runtime?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('contains what it exports and nothing of the service', () => {
    const wanted = ['dist/client/index.js', 'dist/client/index.d.ts', 'dist/events/index.js', 'dist/events/index.d.ts'];
    const documents = ['openapi.json', 'events/asyncapi.json', 'events/schemas/event-tracker-state-change.schema.json'];
    expect(packed).toEqual(expect.arrayContaining([...wanted, ...documents, 'package.json', 'README.md']));
    expect(
      packed.filter(
        (path) =>
          !/^(dist\/(client|events|cli|input)\/|bin\/|events\/|docs\/|package\.json$|openapi\.json$|README\.md$|LICENSE)/.test(
            path,
          ),
      ),
    ).toEqual([]);
    expect(packed.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
    // The dependencies that a user installs with the package.
    const installed = readFileSync(join(project(), 'package-lock.json'), 'utf8');
    for (const foreign of ['aws-cdk-lib', 'dynalite', 'vitest', '@middy/core', 'esbuild']) {
      expect(installed).not.toContain(`"node_modules/${foreign}"`);
    }
  });

  test('has no dead link', () => {
    expect(deadLinksIn(join(folder, 'bare/node_modules/event-trackers'))).toEqual([]);
  });

  // TypeScript 5.9 is slow on a busy machine.
  describe('installed without its optional peer dependencies', () => {
    const bare = () => join(folder, 'bare');

    test('brings nothing of AWS', () => {
      const { packages } = JSON.parse(readFileSync(join(bare(), 'package-lock.json'), 'utf8'));
      expect(Object.keys(packages).filter((path) => /node_modules\/@(aws|smithy)/.test(path))).toEqual([]);
      expect(Object.keys(packages)).toContain('node_modules/event-trackers');
    });

    test('has the size that its README says', () => {
      const { count, megabytes } = sizeOf(bare());
      expect(readFileSync(join(bare(), 'node_modules/event-trackers/README.md'), 'utf8')).toContain(
        `it is ${count} packages and ${megabytes} MB`,
      );
    });

    test('the client, the events and the command line work', () => {
      const source = `
        import { createEventTrackersClient } from 'event-trackers/client';
        import { createSubscriber, parseEventTrackerEvent } from 'event-trackers/events';
        console.log([createEventTrackersClient, createSubscriber, parseEventTrackerEvent].map((each) => typeof each).join());
      `;
      writeFileSync(join(bare(), 'imports.mjs'), source);
      expect(run(process.execPath, ['imports.mjs'], bare())).toBe('function,function,function\n');
      expect(run('npx', ['--no-install', 'event-trackers', 'help'], bare())).toContain('create-event-tracker');
    });

    test.each([
      [['--direct'], 'npm install @aws-sdk/client-personalize'],
      [
        ['--auth', 'iam', '--region', 'us-east-1'],
        'npm install @aws-sdk/credential-provider-node @smithy/signature-v4 @aws-crypto/sha256-js',
      ],
    ])('%j names the packages to install: 253', (option, command) => {
      const arn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/x';
      const args = ['--no-install', 'event-trackers', 'describe-event-tracker', '--event-tracker-arn', arn, ...option];
      const url = { EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1' };
      const { status, stdout, stderr } = spawnSync('npx', args, {
        cwd: bare(),
        env: { ...process.env, ...url },
        encoding: 'utf8',
      });
      expect([status, stdout, stderr]).toEqual([
        253,
        '',
        expect.stringContaining(`To install it, run:\n  ${command}\n`),
      ]);
    });
  });

  describe.each(Object.keys(COMPILERS))('TypeScript %s', { timeout: 120_000 }, (compiler) => {
    const compile = (files: readonly string[], ...flags: string[]) => {
      const tsc = join(folder, `typescript-${compiler}`, 'node_modules/typescript/bin/tsc');
      const strict = ['--strict', '--noEmit', '--target', 'es2024', '--types', 'node', '--exactOptionalPropertyTypes'];
      const { stdout } = spawnSync(process.execPath, [tsc, ...strict, ...flags, ...files], {
        cwd: project(),
        encoding: 'utf8',
      });
      return stdout.split('\n').filter((line) => line.includes('error TS'));
    };
    const written = (name: string, source: string) => {
      writeFileSync(join(project(), name), source);
      return name;
    };
    const pages = () =>
      PAGES.flatMap((page) => examplesOf(page).map(({ source }, index) => written(`${page}-${index}.ts`, source)));

    test.each([
      ['nodenext', ['--module', 'nodenext']],
      ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ])('the examples of the docs and all types of the package compile with module resolution %s', (_, flags) => {
      expect(compile(pages(), ...flags)).toEqual([]);
    });

    test('fields and operations that the API does not have do not compile', () => {
      const source = `
      import { createEventTrackersClient } from 'event-trackers/client';
      import { parseEventTrackerEvent } from 'event-trackers/events';
      const client = createEventTrackersClient({ endpoint: 'https://api.example.com', token: 'a.b.c' });
      await client.createEventTracker({ name: 'shop' });
      await client.describeEventTracker({ id: 'et-1' });
      const event = parseEventTrackerEvent({});
      event.detail.data.trackingId.length;
    `;
      const errors = compile([written('wrong.ts', source)], '--module', 'nodenext');
      expect(errors.map((line) => /wrong\.ts\((\d+),/.exec(line)?.[1])).toEqual(['5', '6', '8']);
    });
  });

  describe.each(Object.keys(NODES))('Node %s', (major) => {
    const bin = () => join(folder, `node-${major}`, 'node_modules/.bin');
    const node = () => join(bin(), 'node');

    test('is the Node that runs', () => {
      expect(run(node(), ['--version'], folder)).toMatch(new RegExp(`^v${major}\\.`));
    });

    test.each(PAGES)(
      'runs the examples of docs/%s on the installed package with the documented output',
      async (page) => {
        const environment = {
          EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
          EVENT_TRACKERS_TOKEN: await tokenOf(runtime, 'acme', ['read', 'write']),
        };
        for (const [index, { source, prints }] of examplesOf(page).entries()) {
          const file = `${page}-${index}-on-${major}.ts`;
          writeFileSync(join(project(), file), source);
          // Recent releases of Node 22 strip types without a flag. The package itself is plain JavaScript.
          const output = await printed(node(), ['--disable-warning=ExperimentalWarning', file], {
            cwd: project(),
            environment,
          });
          expect(output).toBe(prints);
        }
      },
    );

    test('resolves the exported JSON files', () => {
      const names = [
        'openapi.json',
        'events/asyncapi.json',
        'events/patterns/active.json',
        'events/schemas/event-tracker-drift-detected.schema.json',
        'events/registry/event-trackers@EventTrackerStateChange.json',
      ];
      const source = names.map((name) => `import 'event-trackers/${name}' with { type: 'json' };`);
      writeFileSync(join(project(), 'json.mjs'), source.join('\n'));
      run(node(), ['json.mjs'], project());
    });

    test('runs the command line, which prints its version', () => {
      const printedVersion = run('npx', ['--no-install', 'event-trackers', '--version'], project(), bin());
      expect(printedVersion).toContain(VERSION);
    });
  });
});
