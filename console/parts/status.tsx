import { Icon, type IconName } from './icon.tsx';

/** The look of each status: a color, and a sign for those who do not see the color. */
const LOOKS: Readonly<Record<string, readonly [tone: string, icon: IconName]>> = {
  'CREATE PENDING': ['progress', 'clock'],
  'CREATE IN_PROGRESS': ['progress', 'clock'],
  ACTIVE: ['good', 'check'],
  'CREATE FAILED': ['bad', 'cross'],
  'DELETE PENDING': ['leaving', 'trash'],
  'DELETE IN_PROGRESS': ['leaving', 'trash'],
  DELETED: ['gone', 'minus'],
  RELEASED: ['gone', 'minus'],
  RUNNING: ['progress', 'clock'],
  SUCCEEDED: ['good', 'check'],
  FAILED: ['bad', 'cross'],
  TIMED_OUT: ['bad', 'cross'],
  ABORTED: ['leaving', 'cross'],
};

/** A status of an event tracker or an execution, as the services spell it. */
export function Status({ status }: { readonly status: string }) {
  const [tone, icon] = LOOKS[status] ?? ['gone', 'minus'];
  return (
    <span class={`status tone-${tone}`}>
      <Icon name={icon} />
      {status}
    </span>
  );
}
