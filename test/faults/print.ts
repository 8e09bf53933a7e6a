import { faultTable } from './fault-table.ts';

// `npm run faults`
console.log(faultTable());
