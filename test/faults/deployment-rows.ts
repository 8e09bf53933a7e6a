/** What happened to this deployment's own tracker before the other deployment created its tracker on the dataset group. */
export type Before =
  | 'nothing'
  | 'deleted through the service'
  /** After a failed attempt. */
  | 'CREATE FAILED'
  /** The drift check has not noticed yet. */
  | 'deleted outside the service';

/** A request. The next one follows once the record is idle. */
export type Step =
  | 'POST'
  | 'POST with adoptExisting'
  /** StartExecution fails, so the sweeper starts the execution. */
  | 'POST, not started'
  | 'DELETE'
  | 'DELETE with destroy=true'
  | 'retry';

/**
 * Another deployment has an ACTIVE tracker on the dataset group, and its tags name our tracker id. Whatever is requested here,
 * and after a drift check and a sweep, that tracker is unchanged. Each row is one line of the fault table and one test.
 */
export interface DeploymentRow {
  readonly before: Before;
  readonly steps: readonly Step[];
  readonly happens: string;
  /** The HTTP status of each step. */
  readonly answers: readonly number[];
  /** The status that GET returns in the end, after the drift check. */
  readonly status: 'DELETED' | 'CREATE FAILED' | 'RELEASED' | 'ACTIVE';
  readonly code?: 'CONFLICT' | 'CREATE_FAILED' | 'DELETED_OUT_OF_BAND';
  /** All events about the tracker: a status, or `drift` and its kind. */
  readonly published: readonly string[];
}

export const deploymentNameOf = ({ before, steps }: Pick<DeploymentRow, 'before' | 'steps'>): string =>
  [...(before === 'nothing' ? [] : [`own tracker ${before}`]), ...steps, 'drift check and sweep'].join('; ');

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
    happens:
      'This deployment has nothing to delete. The drift check reports the tracker as created outside the service.',
    answers: [202, 202],
    status: 'DELETED',
    published: ['CREATE FAILED', 'DELETED', FOREIGN],
  },
  {
    before: 'nothing',
    steps: ['POST', 'retry'],
    happens: `${NAMED} The retry ends in the same conflict.`,
    answers: [202, 202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED', 'CREATE FAILED'],
  },
  {
    before: 'nothing',
    steps: ['POST with adoptExisting', 'DELETE'],
    happens: 'Adopted as requested, then released. The tracker still belongs to the other deployment.',
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
    happens: 'The sweeper starts the execution, which ends in the same conflict.',
    answers: [202],
    status: 'CREATE FAILED',
    code: 'CONFLICT',
    published: ['CREATE FAILED'],
  },
  {
    before: 'deleted through the service',
    steps: [],
    happens: 'Reported once as created outside the service, not as an orphan of this deployment.',
    answers: [],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', FOREIGN],
  },
  {
    before: 'deleted through the service',
    steps: ['POST', 'DELETE'],
    happens: 'A conflict; then this deployment has nothing to delete.',
    answers: [202, 202],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', 'CREATE FAILED', 'DELETED', FOREIGN],
  },
  {
    before: 'CREATE FAILED',
    steps: [],
    happens: 'Reported once as created outside the service, not as the tracker of the failed attempt.',
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
    before: 'deleted outside the service',
    steps: ['DELETE'],
    happens: 'The own tracker is gone, and the cleanup finds nothing to delete.',
    answers: [202],
    status: 'DELETED',
    published: ['ACTIVE', 'DELETED', FOREIGN],
  },
  {
    before: 'deleted outside the service',
    steps: [],
    happens: 'The missing tracker is reported. The cleanup that follows finds nothing to delete.',
    answers: [],
    status: 'DELETED',
    code: 'DELETED_OUT_OF_BAND',
    published: ['ACTIVE', 'DELETED', 'drift DELETED_OUT_OF_BAND', FOREIGN],
  },
];
