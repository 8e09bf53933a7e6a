import { writeFileSync } from 'node:fs';
import { PAGES_FILE, pagesModule } from './pages.ts';

/** `npm run problems`: writes the pages of GET /problems/{reason} from docs/problems.md. A test holds that they are the same. */
writeFileSync(PAGES_FILE, pagesModule());
console.log(PAGES_FILE);
