import { cpSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PACKAGE_NAMES, VERSION } from '../../tools/packages/manifests.ts';
import { install, run, tarballOf } from '../ci/packages.ts';

/** Imports what the package event-trackers has, and parses an example of an event. */
const CLIENT = `
  import { createEventTrackersClient } from 'event-trackers/client';
  import { parseEventTrackerEvent } from 'event-trackers/events';
  import example from 'event-trackers/events/examples/active.json' with { type: 'json' };
  import openapi from 'event-trackers/openapi.json' with { type: 'json' };
  createEventTrackersClient({ endpoint: 'https://api.example.com', token: 'a.b.c' });
  console.log(parseEventTrackerEvent(example).detail.data.status, openapi.openapi.slice(0, 2));
`;

/** Synthesizes the service. */
const APP = `
  import { App, Stack } from 'aws-cdk-lib';
  import { EventTrackers } from 'event-trackers-cdk';
  const app = new App({ outdir: 'cdk.out' });
  new EventTrackers(new Stack(app, 'app'), 'EventTrackers', { issuer: 'https://issuer.example.org/', audience: ['a'] });
  app.synth();
`;

/** The newest Node of the registry, without prereleases. */
export function newestNode(): string {
  const versions: string[] = JSON.parse(run('npm', ['view', 'node', 'versions', '--json'], process.cwd()));
  const releases = versions.filter((version) => /^\d+\.\d+\.\d+$/.test(version));
  const newest = releases.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  if (newest === undefined) throw new Error('The registry has no version of node.');
  return newest;
}

/** Installs all packages in an empty folder, with what they need of their users. */
export function installPackages(project: string): void {
  const peers = ['aws-cdk-lib@2.276.0', 'constructs@10.8.1'];
  install(dirname(project), basename(project), [...PACKAGE_NAMES.map(tarballOf), ...peers]);
  const examples = join(project, 'node_modules/event-trackers-local/examples');
  for (const file of globSync('*.js', { cwd: examples })) cpSync(join(examples, file), join(project, file));
  writeFileSync(join(project, 'client.mjs'), CLIENT);
  writeFileSync(join(project, 'app.mjs'), APP);
}

/** Runs each package with a Node that is installed in `nodes`. @throws Error with the output of what failed */
export function usePackages(project: string, nodes: string, version: string): void {
  if (!existsSync(project)) throw new Error('They are not installed.');
  mkdirSync(nodes, { recursive: true });
  const node = join(install(nodes, `node-${version}`, [`node@${version}`]), 'node_modules/.bin/node');
  const expectOutput = (args: readonly string[], expected: RegExp) => {
    const output = run(node, args, project);
    if (!expected.test(output)) throw new Error(`node ${args.join(' ')} printed ${output}`);
  };
  expectOutput(['--version'], new RegExp(`^v${version.replaceAll('.', '\\.')}`));
  expectOutput(['client.mjs'], /^ACTIVE 3\.\n$/);
  const versionLine = new RegExp(
    `^event-trackers/${VERSION.replaceAll('.', '\\.')} Node/${version.replaceAll('.', '\\.')}`,
  );
  expectOutput(['node_modules/event-trackers/bin/event-trackers.js', '--version'], versionLine);
  expectOutput(['--test', 'subscriber.test.js'], /pass 1\b/);
  run(node, ['app.mjs'], project);
  if (!existsSync(join(project, 'cdk.out/app.template.json'))) throw new Error('The app wrote no template.');
}
