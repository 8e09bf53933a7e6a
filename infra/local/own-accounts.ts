import type { FaultInjection } from './fault-injection.ts';
import { createAccountsService } from './iam/service.ts';
import { createPersonalizeService } from './personalize/service.ts';

/** Personalize with its accounts, as they are in this data folder. */
export function ownAccounts({
  directory,
  ...options
}: {
  readonly clock: () => number;
  readonly faults: FaultInjection;
  readonly directory: (name: string) => string;
}) {
  const accounts = createAccountsService({ ...options, directory: directory('accounts') });
  const { authorizer } = accounts;
  return {
    accounts,
    personalize: createPersonalizeService({ ...options, directory: directory('personalize'), authorizer }),
  };
}
