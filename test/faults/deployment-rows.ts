/** What became of this deployment's own tracker before the other deployment created its one on the group. */
export type Before =
  | 'nothing'
  | 'deleted through the service'
  /** After an attempt. */
  | 'CREATE FAILED'
  /** And the drift check has not found out. */
  | 'deleted behind our back';

/** A request; the next one comes once the record is idle. */
export type Step =
  | 'POST'
  | 'POST with adoptExisting'
  /** StartExecution fails: the sweep starts it. */
  | 'POST, not started'
  | 'DELETE'
  | 'DELETE with destroy=true'
  | 'retry';

/**
 * Another deployment's tracker is ACTIVE on the group, its tags naming our tracker id. One line of the fault table, one test:
 * whatever is asked here, and after it the drift check and the sweep, Personalize has that tracker as it was.
 */
export interface DeploymentRow {
  readonly before: Before;
  readonly steps: readonly Step[];
  readonly happens: string;
  /** HTTP statuses of the steps. */
  readonly answers: readonly number[];
  /** What GET returns in the end, after the drift check too. */
  readonly status: 'DELETED' | 'CREATE FAILED' | 'RELEASED' | 'ACTIVE';
  readonly code?: 'CONFLICT' | 'CREATE_FAILED' | 'DELETED_OUT_OF_BAND';
  /** The events over the tracker's whole life: a status, or `drift` and its kind. */
  readonly published: readonly string[];
}

export const deploymentNameOf = ({ before, steps }: Pick<DeploymentRow, 'before' | 'steps'>): string =>
  [...(before === 'nothing' ? [] : [`ours ${before}`]), ...steps, 'drift check and sweep'].join('; ');

const FOREIGN = 'drift CREATED_OUT_OF_BAND';
const NAMED = 'A conflict that names the tracker and the deployment that created it.';

export const DEPLOYMENT_ROWS: readonly DeploymentRow[] = [
  {
    before: 'nothing',
    steps: ['POST'],
    happens: NAMED,
    answers: [202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED'],
  },
  {
    before: 'nothing',
    steps: ['POST', 'DELETE'],
    happens: 'There is nothing of ours to delete. The drift check reports the tracker as one that others created.',
    answers: [202, 202],
    status: 'DELETED',
    published: ['CREATE FAILED', 'DELETED', FOREIGN],
  },
  {
    before: 'nothing',
    steps: ['POST', 'retry'],
    happens: `${NAMED} Again.`,
    answers: [202, 202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED', 'CREATE FAILED'],
  },
  {
    before: 'nothing',
    steps: ['POST with adoptExisting', 'DELETE'],
    happens: 'Adopted, because the request says so, and released: it stays the other deployment’s.',
    answers: [202, 200],
    status: 'RELEASED',
    published: ['ACTIVE', 'RELEASED'],
  },
  {
    before: 'nothing',
    steps: ['POST with adoptExisting', 'DELETE with destroy=true'],
    happens: 'Refused: this deployment may delete only what it created. Nothing changes.',
    answers: [202, 403],
    status: 'ACTIVE',
    published: ['ACTIVE'],
  },
  {
    before: 'nothing',
    steps: ['POST, not started'],
    happens: 'The sweep starts the execution, which ends in the same conflict.',
    answers: [202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED'],
  },
  {
    before: 'deleted through the service',
    steps: [],
    happens: 'Reported once, as a tracker that others created. It is no orphan of ours.',
    answers: [],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', FOREIGN],
  },
  {
    before: 'deleted through the service',
    steps: ['POST', 'DELETE'],
    happens: 'A conflict, then nothing of ours to delete.',
    answers: [202, 202],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', 'CREATE FAILED', 'DELETED', FOREIGN],
  },
  {
    before: 'CREATE FAILED',
    steps: [],
    happens: 'Reported once, as a tracker that others created. It is nothing that a create of ours left behind.',
    answers: [],
    status: 'CREATE FAILED',
    code: 'CREATE_FAILED',
    published: ['CREATE FAILED', FOREIGN],
  },
  {
    before: 'CREATE FAILED',
    steps: ['retry'],
    happens: NAMED,
    answers: [202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED', 'CREATE FAILED'],
  },
  {
    before: 'deleted behind our back',
    steps: ['DELETE'],
    happens: 'Ours is gone; the cleanup finds nothing of ours.',
    answers: [202],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', FOREIGN],
  },
  {
    before: 'deleted behind our back',
    steps: [],
    happens: 'Our missing tracker is reported. The cleanup that follows finds nothing of ours.',
    answers: [],
    status: 'DELETED',
    code: 'DELETED_OUT_OF_BAND',
    published: ['ACTIVE', 'DELETED', 'drift DELETED_OUT_OF_BAND', FOREIGN],
  },
];
