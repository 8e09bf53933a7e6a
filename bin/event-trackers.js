#!/usr/bin/env node
// In the clone the sources run as they are; an installed package has them as JavaScript, for Node strips no types there.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const sources = new URL('../cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const isInstalled = import.meta.url.includes('/node_modules/');
const [major, minor] = process.versions.node.split('.').map(Number);
const stripsTypes = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

// Compiled once, it starts in a third of the time. In a folder of the user's own: what lies in /tmp others could write.
nodeModule.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'event-trackers'));

function refuse(why) {
  process.stderr.write(`event-trackers can't run: ${why}\n`);
  process.exitCode = 253;
}

if (major < 22)
  refuse(`Node ${process.versions.node} is too old: 22 or newer is wanted; npx event-trackers brings it in the clone`);
else if (!isInstalled && existsSync(sources) && stripsTypes) await import(sources.href);
else if (existsSync(built)) await import(built.href);
else refuse('it has not been built: npm run build');
