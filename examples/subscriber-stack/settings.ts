/** The settings given by `-c NAME=VALUE`. */
export interface Settings {
  readonly busArn: string;
  readonly tenants: readonly string[] | 'all';
}

const BUS_ARN = /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]+$/;
const TENANT = /^[A-Za-z0-9_-]{1,63}$/;

/**
 * Reads the settings from the CDK's context: `busArn`, and `tenants`, which is `all` or a list such as `acme, globex`.
 * @param context returns the value of a context key, as `node.tryGetContext` does
 * @returns the settings, or the problem of each invalid setting by its name
 */
export function readSettings(context: (key: string) => unknown): Settings | { readonly problems: string[] } {
  const busArn = textOf(context('busArn'));
  const given = textOf(context('tenants'));
  const tenants = given === 'all' ? given : [...new Set(given.split(',').map((name) => name.trim()))];
  const problems = [...busProblems(busArn), ...(tenants === 'all' ? [] : tenantProblems(given, tenants))];
  return problems.length > 0 ? { problems } : { busArn, tenants };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

function busProblems(busArn: string): string[] {
  if (busArn === '') return ["busArn is required: the output BusArn of the service's stack (-c busArn=ARN)"];
  return BUS_ARN.test(busArn)
    ? []
    : [`busArn must be the ARN of an event bus (arn:aws:events:REGION:ACCOUNT:event-bus/NAME), not "${busArn}"`];
}

function tenantProblems(given: string, tenants: readonly string[]): string[] {
  if (given === '') return ['tenants is required: names separated by commas, or all (-c tenants=NAME,NAME)'];
  if (tenants.includes('all')) return ['tenants must be either all or a list of names, not both'];
  return tenants
    .filter((name) => !TENANT.test(name))
    .map((name) => `tenants must be names of 1 to 63 letters, digits, - and _, separated by commas, not "${name}"`);
}
