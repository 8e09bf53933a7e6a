import { DEPLOYMENT_ROWS, type DeploymentRow, deploymentNameOf } from './deployment-rows.ts';
import { DRIFT_ROWS, type DriftRow, driftNameOf, RECREATE_ROWS } from './drift-rows.ts';
import { type FaultCase, LIFECYCLES, nameOf } from './row.ts';
import { sectionsOf, type TestFile } from './table.ts';

const INTRODUCTION = `# What happens if it fails here

Per fault and step: what the service does, what the caller sees, what the subscriber sees. Every line is a test of
that name, which asserts the answers, the events and the calls that reached Personalize, on the local runtime over the wire:

\`\`\`sh
npx vitest run test/faults                                                  # all; each file prints what it saw
npx vitest run test/faults/personalize.test.ts -t 'CreateEventTracker: lost-answer'
npx node test/faults/print.ts                                               # writes this page from the tests' table
\`\`\`

A test's name is the step and the fault: the state of the state machine, or who else calls, the call, and what meets it.
\`×4\` are four calls in a row. What holds in every line: each outcome has one event (a repeat carries the same \`eventId\`), sequences
have no hole, a tracking ID is told while ACTIVE and never else, and Personalize has no tracker but those that the line leaves.

The caller's answer is that of the wish; "then" is what GET tells in the end. Until then GET tells the state on the way, and
no failure. The subscriber's column leaves out what was told before the wish.
`;

const FILES: Readonly<Record<TestFile, { title: string; text: string }>> = {
  'personalize.test.ts': {
    title: 'Faults of Personalize',
    text: 'Waits and back-offs are a tenth of what is deployed; T_land is 11 s, so that every lag and late act is within it.',
  },
  'around.test.ts': {
    title: 'Faults of Step Functions, DynamoDB and EventBridge',
    text: 'As many calls fail as the SDK makes tries: three, with DynamoDB four. The lease is 1.2 s.',
  },
  'deadline.test.ts': {
    title: 'Past the deadline',
    text: 'The deadline is 2 s.',
  },
};

const BEYOND = `## What no script can do

| fault | where it is shown |
|---|---|
| \`late-act\` of a read, \`create-failed\` of anything but a create, \`stuck\` of a read, \`stale-list\` of anything but a list, \`stale-describe\` of anything but a describe | nowhere: they make no sense, and the simulator refuses them (\`personalize.test.ts\`, "a fault that is not in the table") |
| a lost answer of PutEvents: the bus took it, and nobody knows | the same as a death between PutEvents and its mark: told again, with the same \`eventId\` (\`npm run test:crash\`) |
| a task that fails once by \`States.Timeout\`, \`Lambda.ServiceException\`, \`Lambda.TooManyRequestsException\` and their like, or by a throttle of DynamoDB's | retried by the state machine: \`test/unit/workflow/definition.test.ts\`, "… is retried by the state machine, that task only" |
| the same for as long as the execution lives; \`States.DataLimitExceeded\`; an operator's abort; under every task, its work done or not | the execution ends, the record is truthful, and the sweep takes it over after a lease: \`test/unit/workflow/task-errors.test.ts\` |
| a task that fails in a way that nobody planned for | the execution fails, and the sweep takes the record over: \`definition.test.ts\`, "… ends in Fail, and tells nothing of it" |
| what our credentials, our clock, a proxy or a broken connection make of a call | \`Throttled\`, \`UnknownOutcomeError\`, \`AccessDenied\` or a refusal, of each gateway: \`test/contract/gateway-faults.test.ts\` |
| hundreds of records that can't be read or saved | the sweep looks behind them: \`test/unit/workflow/sweep.test.ts\` |
| an execution that dies in a back-off | its lease covers the longest back-off: the sweep comes a minute and a lease later |
`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const cell = (text: string): string => text.replaceAll('|', '\\|');
const line = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const HEAD = '| test | the service | the caller | the subscriber |\n|---|---|---|---|';

const withCode = (status: string, code: string | undefined): string => (code ? `${status}, \`${code}\`` : status);

function callerSees({ answers, status, code, owes }: FaultCase): string {
  const [first, second] = answers;
  const answered = second === undefined ? `${first}` : `${first}, asked again ${second}`;
  if (owes && status === 'DELETE PENDING') return `${answered}, then ${status} for as long as it is stuck`;
  return `${answered}, then ${status === 'ACTIVE' ? 'ACTIVE with the tracking ID' : withCode(status, code)}`;
}

function subscriberSees({ told, lifecycle, code }: FaultCase): string {
  const news = told.slice(LIFECYCLES[lifecycle].told.length);
  if (news.length === 0) return 'nothing';
  return news.map((status) => withCode(status, status === 'CREATE FAILED' ? code : undefined)).join(', ');
}

const rowLine = (row: FaultCase): string =>
  line(`\`${nameOf(row)}\``, row.happens, callerSees(row), subscriberSees(row));

function driftLine(row: DriftRow): string {
  const status = row.status === 'ACTIVE' ? `ACTIVE, generation ${row.generation}` : row.status;
  // The tracker was brought to rest before.
  const before = row.doing === 'CreateEventTracker' ? 2 : 1;
  const late = row.doing === 'a create that lands after T_land';
  const news = row.told.slice(late ? row.told.length : before);
  const told = news.map((one) => (one.startsWith('drift ') ? `Drift Detected, \`${one.slice(6)}\`` : one));
  return line(`\`${driftNameOf(row)}\``, row.happens, status, told.join(', ') || 'nothing');
}

function deploymentLine(row: DeploymentRow): string {
  const status = withCode(row.status === 'ACTIVE' ? 'ACTIVE, as before' : row.status, row.code);
  const answers = row.answers.join(', ');
  const told = row.told.map((one) => (one.startsWith('drift ') ? `Drift Detected, \`${one.slice(6)}\`` : one));
  return line(
    `\`${deploymentNameOf(row)}\``,
    row.happens,
    answers ? `${answers}, then ${status}` : status,
    told.join(', '),
  );
}

/** docs/faults.md, from the table that makes the tests. */
export function faultsDocument(): string {
  const files = Object.keys(FILES) as TestFile[];
  const parts = files.map((file) => {
    const { title, text } = FILES[file];
    const sections = sectionsOf(file).map(
      ({ lifecycle, rows }) => `### ${capital(lifecycle)}\n\n${[HEAD, ...rows.map(rowLine)].join('\n')}\n`,
    );
    return `## ${title}: \`${file}\`\n\n${text}\n\n${sections.join('\n')}`;
  });
  const drift = `## Behind our back: \`drift.test.ts\`

The tracker is at rest, somebody else changes it in Personalize, and the drift check runs. T_land is 1 s. Making a lost tracker
again is a setting, off by default: it changes the tracking ID.

### At rest

${[HEAD, ...DRIFT_ROWS.map(driftLine)].join('\n')}

### At rest, with RECREATE_MISSING=true

${[HEAD, ...RECREATE_ROWS.map(driftLine)].join('\n')}
`;
  const deployments = `## Another deployment's tracker on the group: \`deployments.test.ts\`

Two runtimes are two deployments on one Personalize. The other deployment's tracker is ACTIVE on the group; its tags name our tracker id and
the other deployment. After each line Personalize has that tracker as it was, and no DeleteEventTracker call named it. The subscriber's column has
all events about the tracker of this deployment. Deleting adopted trackers (\`destroyAdopted\`) is off.

${[HEAD, ...DEPLOYMENT_ROWS.map(deploymentLine)].join('\n')}
`;
  return `${[INTRODUCTION, ...parts, drift, deployments, BEYOND].join('\n')}`;
}
