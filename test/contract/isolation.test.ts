import { isolationSuite } from './tenancy/isolation.ts';

isolationSuite('JWT');
