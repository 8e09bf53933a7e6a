import { writeFileSync } from 'node:fs';
import { PAGES_FILE, pagesModule } from './pages.ts';

/** `npm run problems`: writes the pages of GET /problems/{reason} from docs/problems.md. A test checks that the committed file is current. */
writeFileSync(PAGES_FILE, pagesModule());
console.log(PAGES_FILE);
