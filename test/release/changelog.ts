/** What keeps a changelog from describing a version: it needs a section with a date, and nothing that is unreleased. */
export function changelogProblems(changelog: string, version: string): string[] {
  const sections = new Map(
    changelog
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end).trim(), section.slice(end)];
      }),
  );
  const unreleased = sections.get('[Unreleased]') ?? '';
  const heading = new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`);
  const own = [...sections.keys()].find((each) => heading.test(each));
  return [
    ...(own === undefined ? [`There is no section "## [${version}] - YYYY-MM-DD".`] : []),
    ...(/^- /m.test(unreleased)
      ? [`[Unreleased] has entries: move them to [${version}], with the date of the release.`]
      : []),
  ];
}
