import { loaded } from './optional-packages.ts';

/** Direct mode, whose AWS SDK is also slow to load. @throws ConfigurationFailure if it is not installed */
export const loadDirect = () => loaded('--direct', ['@aws-sdk/client-personalize'], () => import('./direct.ts'));
