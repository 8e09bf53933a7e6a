import { atPath, inTable } from '../onboarding/definition.ts';

/** The settings given by `-c NAME=VALUE`. */
export interface Settings {
  /** The URL of the API, without a path. */
  readonly apiUrl: string;
  /** What the role of the function may invoke. */
  readonly platformInvokeArn: string;
  /** The place of the tracking IDs, for the state machines. */
  readonly trackingIdIn: string;
}

const FORMS = {
  apiUrl: [/^https:\/\/[A-Za-z0-9.-]+$/, 'the URL of the API without a path, the output ApiUrl'],
  platformInvokeArn: [
    /^arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]+\/[\w$-]+\/\*\/platform\/\*$/,
    'the output PlatformInvokeArn',
  ],
  trackingIdTable: [/^[\w.-]{3,255}$/, 'the name of the table with the tracking IDs'],
  trackingIdPath: [
    /^(\/[\w.-]+)+$/,
    'the path of the deployment in Parameter Store or Secrets Manager, such as /event-trackers/prod',
  ],
} as const satisfies Record<string, readonly [RegExp, string]>;
type Name = keyof typeof FORMS;

/**
 * Reads the settings from the CDK's context: `apiUrl`, `platformInvokeArn`, and either `trackingIdTable` or `trackingIdPath`.
 * @param context returns the value of a context key, as `node.tryGetContext` does
 * @returns the settings, or the problem of each invalid setting by its name
 */
export function readSettings(context: (key: string) => unknown): Settings | { readonly problems: string[] } {
  const given = (name: Name): string => {
    const value = context(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const problemOf = (name: Name): string[] => {
    const [form, what] = FORMS[name];
    if (given(name) === '') return [`${name} is required: ${what} (-c ${name}=VALUE)`];
    return form.test(given(name)) ? [] : [`${name} must be ${what}, not "${given(name)}"`];
  };
  const [table, path] = [given('trackingIdTable'), given('trackingIdPath')];
  const places: Name[] = [...(table ? ['trackingIdTable' as const] : []), ...(path ? ['trackingIdPath' as const] : [])];
  const problems = [
    ...problemOf('apiUrl'),
    ...problemOf('platformInvokeArn'),
    ...(places.length === 1 ? problemOf(places[0] ?? 'trackingIdTable') : [ONE_PLACE]),
  ];
  if (problems.length > 0) return { problems };
  const trackingIdIn = table ? inTable(table) : atPath(path);
  return { apiUrl: given('apiUrl'), platformInvokeArn: given('platformInvokeArn'), trackingIdIn };
}

const ONE_PLACE = 'exactly one of trackingIdTable and trackingIdPath is required: where the tracking IDs are kept';
