import { resolve } from 'node:path';
import { parseFlags, UsageError } from '../../infra/command-line.ts';

export const USAGE = `Usage: npm run test:deployed -- --url URL --token-command CMD [flags]

Tests a running service over the wire: a deployment on AWS, or the local runtime. It makes a dataset group of its own with a dataset and
event trackers, and with --bus-arn a rule and a queue. It removes all of them, and never calls anything else's event tracker.

  --url URL                  the API, such as https://abc.execute-api.us-east-1.amazonaws.com
  --token-command CMD        prints a token of a tenant with the scopes read and write
  --other-token-command CMD  prints a token of another tenant; without it, isolation is not tested
  --tenant-claim NAME        the claim of a token that names its tenant (default tenant)
  --role ARN                 a platform role to assume; without it, the platform routes are not tested
  --bus-arn ARN              the deployment's event bus (output BusArn); without it, events are not tested
  --timeout SECONDS          how long to wait for each outcome (default 2400)
  --report FILE              write the results as JSON
  --state DIR                where the run records what it makes (default .event-trackers-acceptance)
  --clean-up                 only remove what an interrupted run left behind
  --help

The AWS calls use the SDK's environment: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and so on. Exit code 0: all checks passed; 1: one
failed, or something was left behind; 2: the command line is wrong.`;

export interface Options {
  readonly url: string;
  readonly tokenCommand: string;
  readonly otherTokenCommand?: string;
  readonly tenantClaim: string;
  readonly role?: string;
  readonly busArn?: string;
  readonly timeoutMs: number;
  readonly report?: string;
  /** An absolute path. */
  readonly state: string;
  readonly cleanUpOnly: boolean;
}

const FLAGS = {
  url: { type: 'string' },
  'token-command': { type: 'string' },
  'other-token-command': { type: 'string' },
  'tenant-claim': { type: 'string', default: 'tenant' },
  role: { type: 'string' },
  'bus-arn': { type: 'string' },
  timeout: { type: 'string', default: '2400' },
  report: { type: 'string' },
  state: { type: 'string', default: '.event-trackers-acceptance' },
  'clean-up': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError that names the flag and its rule */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, FLAGS);
  if (values.help) return 'help';
  const { url, role, report, 'bus-arn': busArn, 'token-command': tokenCommand } = values;
  const otherTokenCommand = values['other-token-command'];
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError('--url is required: the URL of the API.');
  }
  if (!tokenCommand) throw new UsageError('--token-command is required: a command that prints a token.');
  if (otherTokenCommand === '') throw new UsageError('--other-token-command must be a command that prints a token.');
  if (role !== undefined && !/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(role)) {
    throw new UsageError(`--role must be the ARN of a role, not "${role}".`);
  }
  if (busArn !== undefined && !/^arn:aws[\w-]*:events:[\w-]+:\d{12}:event-bus\/[\w./-]+$/.test(busArn)) {
    throw new UsageError(`--bus-arn must be the ARN of an event bus, not "${busArn}".`);
  }
  if (!/^[1-9]\d{0,4}$/.test(values.timeout)) {
    throw new UsageError(`--timeout must be a whole number of seconds from 1 to 99999, not "${values.timeout}".`);
  }
  return {
    url: url.replace(/\/+$/, ''),
    tokenCommand,
    tenantClaim: values['tenant-claim'],
    timeoutMs: Number(values.timeout) * 1000,
    state: resolve(values.state),
    cleanUpOnly: values['clean-up'],
    ...(otherTokenCommand !== undefined && { otherTokenCommand }),
    ...(role !== undefined && { role }),
    ...(busArn !== undefined && { busArn }),
    ...(report !== undefined && { report: resolve(report) }),
  };
}
