import type { Features } from '../../functions/api/features.ts';
import type { StackConfig } from './config-schema.ts';

/** The features that functions/api/composition.ts derives from the variables of a deployment. */
export const featuresOf = (config: StackConfig): Features => ({
  ...config,
  platformRoles: config.platformRoles.length > 0,
});
