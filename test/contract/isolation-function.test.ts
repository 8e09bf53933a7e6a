import { isolationSuite } from './tenancy/isolation.ts';

// API Gateway's authorizer is another one here, and the functions check the scopes.
isolationSuite('FUNCTION');
