#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
/** The commands beside the runtime itself. */
const COMMANDS = ['token', 'events'];

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`event-trackers-local needs Node 22.12 or newer (this is ${process.versions.node}).\n`);
  process.exitCode = 1;
} else {
  // In the user's own folder, because others could write to /tmp.
  nodeModule.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'event-trackers'));
  const [command] = process.argv.slice(2);
  const isCommand = COMMANDS.includes(command);
  if (isCommand) process.argv.splice(2, 1);
  await import(isCommand ? `../dist/${command}.js` : '../dist/main.js');
}
