import { isEnabled, required, tenancySettings, wholeNumber } from '../environment.ts';
import { createTenancy, type Tenancy } from '../tracker/tenancy.ts';
import { type Features, MAX_PREFER_WAIT_SECONDS } from './features.ts';
import { type DeploymentScope, partitionOf } from './schemas.ts';

/** The name of the claim that is the tenant. Asked for at start, so that wrong settings of tenancy end it. */
export const tenantClaim = (): string => deployedTenancy().claimName;

let made: { readonly of: string; readonly tenancy: Tenancy } | undefined;

/** @throws Error naming the variable and its rule */
export function deployedTenancy(): Tenancy {
  const settings = tenancySettings();
  const of = JSON.stringify(settings);
  if (made?.of !== of) made = { of, tenancy: createTenancy(settings) };
  return made.tenancy;
}

/** EVENTS, CALLBACKS, DESTROY_ADOPTED, PLATFORM_ROLES, PREFER_WAIT_SECONDS and MAX_UNFINISHED_PER_TENANT; each left out: not there. */
export function deployedFeatures(): Features {
  const maxUnfinishedPerTenant = wholeNumber('MAX_UNFINISHED_PER_TENANT', 1, 10_000);
  return {
    events: isEnabled('EVENTS'),
    callbacks: isEnabled('CALLBACKS'),
    // An adopted tracker carries no tag of this deployment, so the grant for it covers every tracker of the account.
    destroyAdopted: isEnabled('DESTROY_ADOPTED'),
    platformRoles: deployedTenancy().platformRoles.size > 0,
    preferWaitSeconds: wholeNumber('PREFER_WAIT_SECONDS', 0, MAX_PREFER_WAIT_SECONDS) ?? 0,
    ...(maxUnfinishedPerTenant !== undefined && { maxUnfinishedPerTenant }),
  };
}

export function home(): DeploymentScope {
  const region = required('AWS_REGION');
  const tenantPattern = deployedTenancy().pattern.source;
  return { partition: partitionOf(region), region, accountId: required('ACCOUNT_ID'), tenantPattern };
}
