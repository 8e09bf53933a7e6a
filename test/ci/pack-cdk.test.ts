import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARE_PACKAGES_TESTED, COMPILERS, deadLinksIn, filesIn, install, NODES, run, tarballOf } from './packages.ts';

/* Run by `npm run test:ci`. Installs event-trackers-cdk in an empty project, and synthesizes apps with it. */

/** Ten lines, which cdk-nag and the CDK's validation check. */
const APP = `
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { EventTrackers } from 'event-trackers-cdk';

const app = new App({ outdir: 'app.out', postCliContext: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const stack = new Stack(app, 'app');
const issuer = 'https://issuer.example.org/';
new EventTrackers(stack, 'EventTrackers', { stage: 'prod', issuer, audience: ['a-client'] });
app.synth();
`;

/** Everything that a deployment can have and share, and the other constructs, in CommonJS. */
const EVERYTHING = `
const { App, Stack, Validations } = require('aws-cdk-lib');
const { Certificate } = require('aws-cdk-lib/aws-certificatemanager');
const { Vpc } = require('aws-cdk-lib/aws-ec2');
const { EventBus } = require('aws-cdk-lib/aws-events');
const { ManagedPolicy } = require('aws-cdk-lib/aws-iam');
const { Key } = require('aws-cdk-lib/aws-kms');
const { AwsSolutionsChecks } = require('cdk-nag');
const { EventTrackerBus, EventTrackers, EventTrackerSubscriber, TrackingIdHandOver } = require('event-trackers-cdk');

const app = new App({ outdir: 'everything.out', postCliContext: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const env = { account: '123456789012', region: 'us-east-1' };
const stack = new Stack(app, 'everything', { env });
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0f1e2d3c',
  availabilityZones: ['us-east-1a'],
  privateSubnetIds: ['subnet-0f1e2d3c'],
});
const service = new EventTrackers(stack, 'EventTrackers', {
  stage: 'prod',
  issuer: 'https://issuer.example.org/',
  audience: ['a-client'],
  authorizer: 'FUNCTION',
  events: true,
  callbacks: true,
  platformRoles: ['arn:aws:iam::123456789012:role/platform'],
  trackingIds: { parameters: true, secrets: true },
  bus: EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:us-east-1:123456789012:event-bus/platform'),
  encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-0000-0000-0000-000000000000'),
  permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', 'arn:aws:iam::123456789012:policy/boundary'),
  domain: {
    domainName: 'trackers.example.com',
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0000-0000-0000-000000000000'),
  },
  network: { vpc },
});
const other = new Stack(app, 'other', { env });
const bus = EventBus.fromEventBusName(other, 'Imported', 'platform');
const handOver = new TrackingIdHandOver(other, 'HandOver', { bus, tenants: ['acme'], deployment: 'prod' });
new EventTrackerSubscriber(other, 'Subscriber', { bus, tenants: 'all', target: handOver.function, statuses: ['ACTIVE'] });
new EventTrackerBus(other, 'Received', { eventBusName: 'received', from: { accountId: '210987654321' } });
console.log(service.apiUrl);
module.exports = { app };
if (require.main === module) app.synth();
`;

let folder: string;
let project: string;
const templateOf = (app: string, stack: string) =>
  readFileSync(join(project, `${app}.out/${stack}.template.json`), 'utf8');

/** Errors and warnings, except those of dependencies that a reference already implies, which the CDK writes. */
function lint(app: string, stack: string): string {
  const { error, stdout, stderr } = spawnSync(
    'cfn-lint',
    ['--ignore-checks', 'W3005', '--', join(project, `${app}.out/${stack}.template.json`)],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  return stdout + stderr;
}
const isLinterInstalled = spawnSync('cfn-lint', ['--version']).status === 0;

describe.skipIf(!ARE_PACKAGES_TESTED)('the package event-trackers-cdk', { timeout: 300_000 }, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-trackers-pack-'));
    const peers = ['aws-cdk-lib@2.276.0', 'constructs@10.8.1', 'cdk-nag@3.0.2'];
    project = install(folder, 'project', [tarballOf('event-trackers-cdk'), ...peers, '@types/node@24']);
    for (const [major, node] of Object.entries(NODES)) install(folder, `node-${major}`, [node]);
    for (const [name, compiler] of Object.entries(COMPILERS)) install(folder, `typescript-${name}`, [compiler]);
    writeFileSync(join(project, 'app.mjs'), APP);
    writeFileSync(join(project, 'everything.cjs'), EVERYTHING);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('contains the code of the functions, needs no package but its peers, and has no dead link', () => {
    const at = join(project, 'node_modules/event-trackers-cdk');
    const files = filesIn(tarballOf('event-trackers-cdk'));
    const wanted = ['LICENSE', 'README.md', 'API.md', 'THIRD-PARTY-NOTICES.txt', 'functions/Observe/index.mjs'];
    expect(files).toEqual(expect.arrayContaining([...wanted, 'statemachine/event-tracker-lifecycle.asl.json']));
    expect(files.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    expect([manifest.dependencies, Object.keys(manifest.peerDependencies)]).toEqual([
      undefined,
      ['aws-cdk-lib', 'constructs'],
    ]);
    expect(readdirSync(join(project, 'node_modules'))).not.toContain('esbuild');
    expect(deadLinksIn(at)).toEqual([]);
  });

  test.each(Object.keys(NODES))('an app of ten lines synthesizes on Node %s without a finding of cdk-nag', (major) => {
    expect(APP.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
    const node = join(folder, `node-${major}`, 'node_modules/.bin/node');
    run(node, ['app.mjs'], project);
    const { Resources, Outputs } = JSON.parse(templateOf('app', 'app'));
    expect(Object.keys(Resources).length).toBeGreaterThan(100);
    expect(Object.keys(Outputs).some((name) => name.startsWith('EventTrackersApiUrl'))).toBe(true);
    const assets = readdirSync(join(project, 'app.out')).filter((name) => name.startsWith('asset.'));
    const files = assets.flatMap((asset) => readdirSync(join(project, 'app.out', asset)));
    expect(files.filter((file) => file === 'index.mjs').length).toBeGreaterThan(8);
    expect(files).toContain('openapi.json.br');
    // What is only in the package is not in the template.
    expect(templateOf('app', 'app')).not.toContain(project);
  });

  test('an app that shares everything, in CommonJS, synthesizes too', () => {
    expect(run(process.execPath, ['everything.cjs'], project)).toContain('https://trackers.example.com\n');
    expect(templateOf('everything', 'everything')).toContain('"DisableExecuteApiEndpoint": true');
  });

  test.runIf(isLinterInstalled)('cfn-lint finds nothing in the templates', () => {
    expect(lint('app', 'app')).toBe('');
    expect(lint('everything', 'everything')).toBe('');
    expect(lint('everything', 'other')).toBe('');
  });

  test('a finding of cdk-nag and a wrong setting end the synthesis', () => {
    const failed = (source: string) => {
      writeFileSync(join(project, 'failing.mjs'), source.replaceAll('app.out', 'failing.out'));
      const { status, stdout, stderr } = spawnSync(process.execPath, ['failing.mjs'], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(status).not.toBe(0);
      return stdout + stderr;
    };
    expect(failed(APP.replace("stage: 'prod'", "stage: 'Prod'"))).toContain('stage must be 1 to 16 characters');
    const queue = "import { Queue } from 'aws-cdk-lib/aws-sqs';\nnew Queue(stack, 'Bare');\napp.synth();";
    expect(failed(APP.replace('app.synth();', queue))).toMatch(/AwsSolutions-SQS/);
  });

  test.each(Object.keys(COMPILERS))('its types compile with TypeScript %s', (compiler) => {
    const source = `
      import { App, Stack } from 'aws-cdk-lib';
      import { EventTrackers, type EventTrackersProps } from 'event-trackers-cdk';
      const props: EventTrackersProps = { issuer: 'https://issuer.example.org/', audience: ['a-client'] };
      const { bus, alarmTopic } = new EventTrackers(new Stack(new App(), 'stack'), 'EventTrackers', props);
      console.log(bus.eventBusName, alarmTopic.topicArn);
      new EventTrackers(new Stack(new App(), 'stack'), 'EventTrackers', { ...props, callback: true });
      new EventTrackers(new Stack(new App(), 'stack'), 'EventTrackers', { stage: 'prod' });
    `;
    writeFileSync(join(project, 'types.mts'), source);
    writeFileSync(join(project, 'types.cts'), source);
    const tsc = join(folder, `typescript-${compiler}`, 'node_modules/typescript/bin/tsc');
    // The declarations of the package are checked as well, with the compiler that is fast enough.
    const flags = ['--strict', '--noEmit', '--types', 'node', ...(compiler === '5.9' ? ['--skipLibCheck'] : [])];
    const args = [tsc, ...flags, '--target', 'es2024', '--module', 'nodenext', 'types.mts', 'types.cts'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    expect(errors.map((line) => /^([\w./-]+)\((\d+),/.exec(line)?.slice(1).join(':')).sort()).toEqual([
      'types.cts:7',
      'types.cts:8',
      'types.mts:7',
      'types.mts:8',
    ]);
  });
});
