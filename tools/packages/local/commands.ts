import { resolve } from 'node:path';

/** How a user of the package calls the local runtime: infra/local/commands.ts for it. */
export const COMMANDS = {
  start: 'npx event-trackers-local',
  startWith: 'npx event-trackers-local',
  tokenWith: 'npx event-trackers-local token',
  eventsWith: 'npx event-trackers-local events',
};
export const DEFAULT_DATA = resolve('.event-trackers');
export const WHERE_DEFAULT_DATA_IS = 'in the current folder';
