import type { FunctionFolders } from '../aws/code.ts';

/** The code of the functions in the package event-trackers-cdk, which has a module of its own for this one. */
export function packagedFunctions(): FunctionFolders {
  throw new Error('EventTrackers needs functionFolders: in this repository the code is bundled (infra/aws/bundle.ts).');
}
