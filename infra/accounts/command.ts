import { ConfigError } from '../aws/config.ts';
import { readConfig } from '../aws/config-source.ts';
import { parseFlags, UsageError } from '../command-line.ts';
import { readAccounts } from './file.ts';
import { permissionPolicy, type Sharing, trustPolicy } from './policies.ts';

/** The account of a local runtime. */
const LOCAL_ACCOUNT = '123456789012';
const POLICIES = { trust: trustPolicy, permissions: permissionPolicy } as const;
type PolicyName = keyof typeof POLICIES;

const USAGE = `Usage: npm run --silent accounts:policy -- --account ID (--config FILE --home ID | --accounts FILE) [--policy NAME]

Prints the policies of the role that another account needs (docs/accounts.md), as JSON.

  --account ID      the other account, one of the setting accounts
  --config FILE     the configuration of the deployment (docs/deploy.md)
  --home ID         with --config: the account of the deployment
  --accounts FILE   for a local runtime, instead of --config: the file that it was started with
  --deployment NAME with --accounts: the name of the runtime's deployment, default local
  --policy NAME     print only one document: trust or permissions
  --help            print this text`;

export interface Output {
  /** For the result: stdout. */
  print(text: string): void;
  /** For errors: stderr. */
  printError(text: string): void;
}

/** `npm run accounts:policy`. @returns the exit code: 0; 1 for an invalid configuration; 2 for a usage error */
export function accountsPolicy(args: readonly string[], { print, printError }: Output): number {
  try {
    print(answer(args));
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) printError(error.message);
    else if (error instanceof UsageError) printError(`${error.message}\n\n${USAGE}`);
    else throw error;
    return error instanceof ConfigError ? 1 : 2;
  }
}

function answer(args: readonly string[]): string {
  const flags = parseFlags(args, {
    account: { type: 'string' },
    config: { type: 'string' },
    home: { type: 'string' },
    accounts: { type: 'string' },
    deployment: { type: 'string' },
    policy: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (flags.help) return USAGE;
  const { policy } = flags;
  if (policy !== undefined && !isPolicyName(policy)) throw new UsageError('--policy must be trust or permissions.');
  const sharing = sharingOf(flags);
  const both = Object.fromEntries(Object.entries(POLICIES).map(([name, make]) => [name, make(sharing)]));
  return JSON.stringify(policy === undefined ? both : POLICIES[policy](sharing), null, 2);
}

const isPolicyName = (name: string): name is PolicyName => Object.hasOwn(POLICIES, name);

type Flags = Readonly<Partial<Record<'account' | 'config' | 'home' | 'accounts' | 'deployment', string>>>;

/** @throws UsageError naming the flag and its rule; ConfigError */
function sharingOf({ account: accountId, config, home, accounts, deployment }: Flags): Sharing {
  if (!/^\d{12}$/.test(accountId ?? '')) throw new UsageError('--account must be the id of an account, 12 digits.');
  if ((config === undefined) === (accounts === undefined)) {
    throw new UsageError('One of --config and --accounts is required.');
  }
  if (config !== undefined && !/^\d{12}$/.test(home ?? '')) {
    throw new UsageError('--home must be the id of the account of the deployment, 12 digits.');
  }
  const settings =
    config === undefined
      ? { accounts: readAccounts(accounts ?? ''), stage: deployment ?? 'local', events: true, destroyAdopted: true }
      : readConfig((key) => (key === 'config' ? config : undefined));
  const account = settings.accounts[accountId ?? ''];
  if (account === undefined) {
    const known = Object.keys(settings.accounts).join(', ') || 'none';
    throw new UsageError(`--account must be one of the setting accounts (${known}), not ${accountId}.`);
  }
  const { stage, events, destroyAdopted } = settings;
  return { accountId: accountId ?? '', account, homeAccountId: home ?? LOCAL_ACCOUNT, stage, events, destroyAdopted };
}
