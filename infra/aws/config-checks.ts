import { Token } from 'aws-cdk-lib';
import { audiencePattern } from '../../functions/authorizer/audience.ts';
import { createTenancy, DEFAULT_TENANCY, type TenancySettings } from '../../functions/tracker/tenancy.ts';
import { accountProblems } from './accounts.ts';
import { PLACEHOLDER_ISSUER, type StackConfig } from './config-schema.ts';
import { subscriberBusProblems } from './subscriber-bus-patterns.ts';

/** A Lambda's environment holds 4 KB; this is what the other variables leave. */
const MAX_ROLES_LENGTH = 2500;

/** Lambda keeps this many executions for functions without a reservation. */
const MIN_UNRESERVED = 100;

type Setting = keyof StackConfig;

/** A rule that one setting alone does not show. */
interface Check {
  /** The settings without which the rule says nothing, such as `stage` or `reservedConcurrency/sweep`. Invalid ones have their defaults in other checks. */
  readonly of: readonly (Setting | `${Setting}/${string}`)[];
  /** @param given the settings without defaults */
  readonly problems: (config: StackConfig, given: object) => string[];
}

export const CHECKS: readonly Check[] = [
  { of: [], problems: tenancyProblems },
  { of: [], problems: roleProblems },
  { of: ['stage', 'issuer'], problems: issuerProblems },
  { of: ['stage', 'audience', 'audiencePattern'], problems: audienceProblems },
  {
    of: ['authorizer', 'audience', 'audiencePattern', 'reservedConcurrency/api-authorizer'],
    problems: authorizerProblems,
  },
  { of: ['audiencePattern'], problems: patternProblems },
  { of: ['tenancy/pattern'], problems: accountProblems },
  { of: ['events', 'reservedConcurrency/api-events'], problems: eventsProblems },
  { of: ['trackingIds', 'reservedConcurrency/tracking-id-parameters'], problems: trackingIdProblems('parameters') },
  { of: ['trackingIds', 'reservedConcurrency/tracking-id-secrets'], problems: trackingIdProblems('secrets') },
  { of: ['trackingIds'], problems: trackingIdKeyProblems },
  { of: ['tenancy/pattern', 'subscriberBuses'], problems: subscriberBusProblems },
  { of: ['preferWaitSeconds', 'reservedConcurrency/api-read'], problems: waitProblems },
  { of: ['accountConcurrency', 'reservedConcurrency'], problems: concurrencyProblems },
  { of: ['restoredTableName', 'restoredTableKeyArn'], problems: restoreProblems },
];

/** Each setting by itself, so that a mistake in one hides none in another. */
function tenancyProblems({ tenancy: { claim, pattern } }: StackConfig): string[] {
  return [...tenancyProblem({ claimName: claim }), ...tenancyProblem({ pattern })];
}

function roleProblems({ platformRoles }: StackConfig): string[] {
  const roles = new Set(platformRoles);
  const tooLong = platformRoles.join(',').length > MAX_ROLES_LENGTH;
  return [
    ...[...roles].flatMap((arn) =>
      // Known at deployment only: a role of the same app.
      Token.isUnresolved(arn)
        ? []
        : arn.includes(',') || arn.trim() === ''
          ? [`platformRoles must be ARNs of IAM roles, not "${arn}"`]
          : tenancyProblem({ platformRoles: arn }),
    ),
    ...(roles.size < platformRoles.length ? ['platformRoles must not repeat an entry'] : []),
    ...(tooLong
      ? [`platformRoles must have at most ${MAX_ROLES_LENGTH} characters in total: a Lambda's environment holds 4 KB`]
      : []),
  ];
}

/** The functions' own rule for a setting, with the name that the setting has here. */
function tenancyProblem(setting: Partial<TenancySettings>): string[] {
  try {
    createTenancy({ ...DEFAULT_TENANCY, ...setting });
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !/^(TENANT|PLATFORM)_/.test(error.message)) throw error;
    return [
      error.message
        .replaceAll('TENANT_CLAIM', 'tenancy.claim')
        .replaceAll('TENANT_PATTERN', 'tenancy.pattern')
        .replaceAll('TENANT_SEPARATOR', 'tenancy.separator')
        .replace(', separated by commas', '')
        .replaceAll('PLATFORM_ROLES', 'platformRoles'),
    ];
  }
}

/** Placeholders are for looking at the template of `dev`; any other stage is meant to be deployed. */
function issuerProblems({ stage, issuer }: StackConfig): string[] {
  return stage !== 'dev' && issuer === PLACEHOLDER_ISSUER
    ? [`issuer is required for the stage ${stage}: the URL of the token issuer`]
    : [];
}

function audienceProblems({ stage, audiencePattern: pattern }: StackConfig, given: object): string[] {
  return stage !== 'dev' && !Object.hasOwn(given, 'audience') && pattern === undefined
    ? [`audience is required for the stage ${stage}: the accepted values of a token's aud claim`]
    : [];
}

/** API Gateway's quota per JWT authorizer; it cannot be raised. */
const MAX_JWT_AUDIENCES = 50;

/** What only one of the authorizers has. */
function authorizerProblems(
  { authorizer, audience, audiencePattern: pattern, reservedConcurrency }: StackConfig,
  given: object,
): string[] {
  const names = audience.filter((name) => name.includes(','));
  if (authorizer === 'FUNCTION') {
    const unknown = audience.some((name) => Token.isUnresolved(name));
    return [
      ...names.map((name) => `audience must not contain a comma: "${name}"`),
      ...(unknown
        ? ['audience must be known at synthesis while authorizer is FUNCTION: it is in a file of its code']
        : []),
    ];
  }
  const onlyOfFunction = 'must not be set while authorizer is JWT';
  return [
    ...(audience.length > MAX_JWT_AUDIENCES
      ? [
          `audience must name at most ${MAX_JWT_AUDIENCES} audiences while authorizer is JWT: API Gateway's quota per authorizer`,
        ]
      : []),
    ...(pattern !== undefined ? [`audiencePattern ${onlyOfFunction}`] : []),
    ...(Object.hasOwn(given, 'tokenUse') ? [`tokenUse ${onlyOfFunction}`] : []),
    ...(reservedConcurrency['api-authorizer'] !== undefined
      ? [`reservedConcurrency.api-authorizer ${onlyOfFunction}: the function does not exist`]
      : []),
  ];
}

/** The function's own rule. */
function patternProblems({ audiencePattern: pattern }: StackConfig): string[] {
  if (pattern === undefined) return [];
  try {
    audiencePattern('audiencePattern', pattern);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Error') throw error;
    return [error.message];
  }
}

/** A reservation for a function that does not exist would be ignored silently. */
function eventsProblems({ events, reservedConcurrency }: StackConfig): string[] {
  return !events && reservedConcurrency['api-events'] !== undefined
    ? ['reservedConcurrency.api-events must not be set while events is false: the function does not exist']
    : [];
}

function trackingIdProblems(place: 'parameters' | 'secrets'): Check['problems'] {
  return ({ trackingIds, reservedConcurrency }) =>
    !trackingIds[place] && reservedConcurrency[`tracking-id-${place}`] !== undefined
      ? [
          `reservedConcurrency.tracking-id-${place} must not be set while trackingIds.${place} is false: the function does not exist`,
        ]
      : [];
}

/** A key that encrypts nothing is a mistake, such as a forgotten place. */
function trackingIdKeyProblems({ trackingIds: { parameters, secrets, keyArn } }: StackConfig): string[] {
  return keyArn !== undefined && !parameters && !secrets
    ? ['trackingIds.keyArn must not be set without trackingIds.parameters or trackingIds.secrets']
    : [];
}

/** Held answers must not starve the tasks, the sweeper and the drift check. A reservation bounds api-read, the only function that holds answers. */
function waitProblems({ preferWaitSeconds, reservedConcurrency }: StackConfig): string[] {
  return preferWaitSeconds > 0 && reservedConcurrency['api-read'] === undefined
    ? [
        'reservedConcurrency.api-read is required while preferWaitSeconds is above 0: held answers could use up the executions of the tasks, the sweeper and the drift check',
      ]
    : [];
}

/** The other functions share the unreserved executions, of which Lambda requires at least 100 ("Configuring reserved concurrency"). */
function concurrencyProblems({ reservedConcurrency, accountConcurrency }: StackConfig): string[] {
  const reserved = Object.values(reservedConcurrency).reduce((sum, each) => sum + each, 0);
  const unreserved = accountConcurrency - reserved;
  return reserved > 0 && unreserved < MIN_UNRESERVED
    ? [
        `reservedConcurrency must leave at least ${MIN_UNRESERVED} of accountConcurrency unreserved, which Lambda requires and all other functions share: ${accountConcurrency} - ${reserved} leaves ${unreserved}`,
      ]
    : [];
}

function restoreProblems({ restoredTableName, restoredTableKeyArn }: StackConfig): string[] {
  return restoredTableKeyArn !== undefined && restoredTableName === undefined
    ? ['restoredTableKeyArn must not be set without restoredTableName, the table that it encrypts']
    : [];
}
