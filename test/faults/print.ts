import { faultTable } from './fault-table.ts';

// Run by `npm run faults`.
console.log(faultTable());
