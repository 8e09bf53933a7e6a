import { isEnded } from '../../functions/tracker/operation.ts';
import type { OperationState, World } from './world.ts';

/** The rule that the operation breaks: once it is complete, its counts say what it did. */
export function brokenByOperation({ operation: state }: World): string | undefined {
  if (state === undefined || state.operation.status !== 'COMPLETED') return undefined;
  const { retried, skipped, failed } = state.operation;
  if (retried + skipped + failed !== 1) return 'the operation does not count each tracker once';
  if (retried > state.made) return 'the operation counts a retry that it did not make';
  // A record that has forgotten the key cannot tell who retried it.
  return !state.isForgotten && state.made > retried ? 'the operation does not count a retry that it made' : undefined;
}

export const keyOfOperation = (state: OperationState | undefined): string =>
  state === undefined
    ? ''
    : `o${state.operation.status.charAt(0)}${state.operation.next}${state.operation.retried}${state.operation.skipped}${[...state.pending].sort().join('')}${state.matched}${state.made}`;

/** Whether nothing of the operation is left to do. */
export const isOperationOver = ({ operation }: World): boolean =>
  operation === undefined || (operation.pending.length === 0 && isEnded(operation.operation));
