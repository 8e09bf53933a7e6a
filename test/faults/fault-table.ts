import { DEPLOYMENT_ROWS, type DeploymentRow, deploymentNameOf } from './deployment-rows.ts';
import { DRIFT_ROWS, type DriftRow, driftNameOf, RECREATE_ROWS } from './drift-rows.ts';
import { type FaultCase, LIFECYCLES, nameOf } from './row.ts';
import { sectionsOf, type TestFile } from './table.ts';

const INTRODUCTION = `# The fault table

One line per test. docs/faults.md explains the columns and what holds in every line.
`;

const FILES: Readonly<Record<TestFile, { title: string; text: string }>> = {
  'personalize.test.ts': {
    title: 'Faults of Personalize',
    text: 'Waits and backoffs are a tenth of the deployed ones. createInFlight is 11 s, longer than every lag and late act.',
  },
  'around.test.ts': {
    title: 'Faults of Step Functions, DynamoDB and EventBridge',
    text: 'As many calls fail as the SDK makes attempts: three, with DynamoDB four. The lease is 1.2 s.',
  },
  'accounts.test.ts': {
    title: 'Faults of the role of another account',
    text: 'The dataset group is in another account and Region. When a fault of AssumeRole is injected, the session of the role ends.',
  },
  'deadline.test.ts': {
    title: 'Past the deadline',
    text: 'The deadline is 2 s; where the dataset group is waited for, 8 s.',
  },
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const cell = (text: string): string => text.replaceAll('|', '\\|');
const line = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const HEAD = '| test | the service | the caller | the subscriber |\n|---|---|---|---|';

const withCode = (status: string, code: string | undefined): string => (code ? `${status}, \`${code}\`` : status);

function callerSees({ answers, status, code, cleanupPending }: FaultCase): string {
  const [first, second] = answers;
  const answered = second === undefined ? `${first}` : `${first}, repeated: ${second}`;
  if (cleanupPending && status === 'DELETE PENDING') return `${answered}, then ${status} for as long as it is stuck`;
  return `${answered}, then ${status === 'ACTIVE' ? 'ACTIVE with the tracking ID' : withCode(status, code)}`;
}

function subscriberSees({ published, lifecycle, code }: FaultCase): string {
  const news = published.slice(LIFECYCLES[lifecycle].published.length);
  if (news.length === 0) return 'nothing';
  return news.map((status) => withCode(status, /FAILED/.test(status) ? code : undefined)).join(', ');
}

const rowLine = (row: FaultCase): string =>
  line(`\`${nameOf(row)}\``, row.happens, callerSees(row), subscriberSees(row));

function driftLine(row: DriftRow): string {
  const status = row.status === 'ACTIVE' ? `ACTIVE, generation ${row.generation}` : row.status;
  // The number of events that were published before the tracker was idle.
  const before = row.doing === 'CreateEventTracker' ? 2 : 1;
  const late = row.doing === 'a create that takes effect after createInFlight';
  const news = row.published.slice(late ? row.published.length : before);
  const published = news.map((one) => (one.startsWith('drift ') ? `Drift Detected, \`${one.slice(6)}\`` : one));
  return line(`\`${driftNameOf(row)}\``, row.happens, status, published.join(', ') || 'nothing');
}

function deploymentLine(row: DeploymentRow): string {
  const status = withCode(row.status === 'ACTIVE' ? 'ACTIVE, as before' : row.status, row.code);
  const answers = row.answers.join(', ');
  const published = row.published.map((one) =>
    one.startsWith('drift ') ? `Drift Detected, \`${one.slice(6)}\`` : one,
  );
  return line(
    `\`${deploymentNameOf(row)}\``,
    row.happens,
    answers ? `${answers}, then ${status}` : status,
    published.join(', '),
  );
}

/** The fault table in Markdown, built from the rows that the tests assert. */
export function faultTable(): string {
  const files = Object.keys(FILES) as TestFile[];
  const parts = files.map((file) => {
    const { title, text } = FILES[file];
    const sections = sectionsOf(file).map(
      ({ lifecycle, rows }) => `### ${capital(lifecycle)}\n\n${[HEAD, ...rows.map(rowLine)].join('\n')}\n`,
    );
    return `## ${title}: \`${file}\`\n\n${text}\n\n${sections.join('\n')}`;
  });
  const drift = `## Changes outside the service: \`drift.test.ts\`

The tracker is idle, someone else changes it in Personalize, and the drift check runs. createInFlight is 1 s.

### Idle

${[HEAD, ...DRIFT_ROWS.map(driftLine)].join('\n')}

### Idle, with RECREATE_MISSING=true

${[HEAD, ...RECREATE_ROWS.map(driftLine)].join('\n')}
`;
  const deployments = `## A tracker of another deployment on the dataset group: \`deployments.test.ts\`

Two runtimes act as two deployments that share one Personalize. The other deployment has an ACTIVE tracker on the dataset group, whose tags name
our tracker id and that deployment. After each line, that tracker is unchanged, and no DeleteEventTracker call has named it. The subscriber's
column has all events about the tracker of this deployment. \`destroyAdopted\` is off.

${[HEAD, ...DEPLOYMENT_ROWS.map(deploymentLine)].join('\n')}
`;
  return [INTRODUCTION, ...parts, drift, deployments].join('\n');
}
