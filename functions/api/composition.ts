import { setTimeout as sleep } from 'node:timers/promises';
import { trackerStore } from '../composition.ts';
import {
  deployedAccounts,
  deployedHome,
  isEnabled,
  lifecycleSettings,
  tenancySettings,
  wholeNumber,
} from '../environment.ts';
import { createTenancy, type Tenancy } from '../tracker/tenancy.ts';
import type { ApiContext } from './context.ts';
import { type Features, MAX_PREFER_WAIT_SECONDS } from './features.ts';

/** The dependencies of every operation, created once per execution environment. @throws as `deployedTenancy` */
export function apiContext(): ApiContext {
  const accounts = deployedAccounts();
  const tenancy = { ...deployedTenancy(), accounts };
  return {
    store: trackerStore(),
    settings: lifecycleSettings(),
    now: Date.now,
    sleep,
    scope: {
      ...deployedHome(),
      tenantPattern: tenancy.pattern.source,
      otherAccounts: accounts.places.length > 1,
    },
    tenancy,
    features: deployedFeatures(tenancy),
  };
}

/** @throws Error naming the variable and its rule */
export const deployedTenancy = (): Tenancy => createTenancy(tenancySettings());

/** EVENTS, CALLBACKS, DESTROY_ADOPTED, PLATFORM_ROLES, PREFER_WAIT_SECONDS and MAX_UNFINISHED_PER_TENANT. By default all are off. */
export function deployedFeatures({ platformRoles }: Pick<Tenancy, 'platformRoles'>): Features {
  const maxUnfinishedPerTenant = wholeNumber('MAX_UNFINISHED_PER_TENANT', 1, 10_000);
  return {
    events: isEnabled('EVENTS'),
    callbacks: isEnabled('CALLBACKS'),
    // An adopted tracker carries no tag of this deployment, so the grant for it covers every tracker of the account.
    destroyAdopted: isEnabled('DESTROY_ADOPTED'),
    platformRoles: platformRoles.size > 0,
    preferWaitSeconds: wholeNumber('PREFER_WAIT_SECONDS', 0, MAX_PREFER_WAIT_SECONDS) ?? 0,
    ...(maxUnfinishedPerTenant !== undefined && { maxUnfinishedPerTenant }),
  };
}
