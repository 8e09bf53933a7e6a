#!/usr/bin/env node
// In a clone, Node runs the TypeScript sources. An installed package contains JavaScript, because Node strips no types in node_modules.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const sources = new URL('../cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const isInstalled = import.meta.url.includes('/node_modules/');
const [major, minor] = process.versions.node.split('.').map(Number);
const stripsTypes = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

// The compile cache cuts the start-up time to a third. It is in the user's own folder, because others could write to /tmp.
nodeModule.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'event-trackers'));

function refuse(why) {
  process.stderr.write(`event-trackers ${why}\n`);
  process.exitCode = 253;
}

if (major < 22 || (major === 22 && minor < 12))
  refuse(
    `needs Node 22.12 or newer (this is ${process.versions.node}). In a clone, \`npx event-trackers\` uses the bundled Node.`,
  );
else if (!isInstalled && existsSync(sources) && stripsTypes) await import(sources.href);
else if (existsSync(built)) await import(built.href);
else refuse('has not been built. Run `npm run build`.');
