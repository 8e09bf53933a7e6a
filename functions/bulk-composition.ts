import { documents } from './composition.ts';
import { required } from './environment.ts';
import { createDriftCursor, type DriftCursor } from './store/drift-cursor.ts';
import { createOperationStore, type OperationStore } from './store/operation-store.ts';
import { createStatusIndex, type StatusIndex } from './store/status-index.ts';

/* The stores for work on many event trackers. */

export const statusIndex = (): StatusIndex => createStatusIndex(documents(), required('TABLE_NAME'));

export const operationStore = (): OperationStore => createOperationStore(documents(), required('TABLE_NAME'));

/** @param place as in `createDriftCursor` */
export const driftCursor = (place?: string): DriftCursor =>
  createDriftCursor(documents(), required('TABLE_NAME'), place);
