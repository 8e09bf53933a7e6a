import { expect, test } from 'vitest';
import { changelogProblems } from '../../release/changelog.ts';

const UNRELEASED = '## [Unreleased]\n\n### Added\n\n- A thing.\n\n';
const SECTION = '## [1.0.0] - 2026-11-30\n\n### Added\n\n- Everything.\n';

test.each([
  ['# Changelog\n\n## [Unreleased]\n\n', ['There is no section "## [1.0.0] - YYYY-MM-DD".']],
  [`# Changelog\n\n${SECTION.replace('1.0.0', '1.0.01')}`, ['There is no section "## [1.0.0] - YYYY-MM-DD".']],
  [
    `# Changelog\n\n${UNRELEASED}${SECTION}`,
    ['[Unreleased] has entries: move them to [1.0.0], with the date of the release.'],
  ],
  [`# Changelog\n\n## [Unreleased]\n\n${SECTION}`, []],
  [`# Changelog\n\n${SECTION}`, []],
])('a release needs a section with a date, and nothing unreleased: %j', (changelog, problems) => {
  expect(changelogProblems(changelog, '1.0.0')).toEqual(problems);
});
