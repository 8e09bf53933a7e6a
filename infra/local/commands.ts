import { resolve } from 'node:path';

/** How a user of this repository calls the local runtime. The package event-trackers-local has a module of its own for this one. */
export const COMMANDS = {
  start: 'npm start',
  /** Before flags. */
  startWith: 'npm start --',
  tokenWith: 'npm run --silent token --',
  eventsWith: 'npm run --silent events --',
} as const satisfies Readonly<Record<string, string>>;

/** The default data folder, in the project's root whatever the current folder is. */
export const DEFAULT_DATA = resolve(import.meta.dirname, '../../.event-trackers');
export const WHERE_DEFAULT_DATA_IS = 'in the project';
