import type { OperationStore } from '../../functions/store/operation-store.ts';
import { isEnded, type Operation, type PlannedRetry } from '../../functions/tracker/operation.ts';

/** An in-memory store of operations. test/contract/operation-store.test.ts runs the same tests against it and the real one. */
export class MemoryOperations implements OperationStore {
  readonly all = new Map<string, Operation>();
  readonly plans = new Map<string, readonly PlannedRetry[]>();

  async create(operation: Operation) {
    if (this.all.has(operation.operationId)) return false;
    this.all.set(operation.operationId, operation);
    return true;
  }
  async read(operationId: string) {
    return this.all.get(operationId);
  }
  async save(before: Operation, after: Operation) {
    if (this.all.get(before.operationId)?.revision !== before.revision) return undefined;
    const saved = { ...after, revision: before.revision + 1 };
    this.all.set(before.operationId, saved);
    return saved;
  }
  async writePlan({ operationId, revision }: Operation, page: number, entries: readonly PlannedRetry[]) {
    this.plans.set(`${operationId} ${revision} ${page}`, entries);
  }
  async readPlan({ operationId, plan }: Operation, page: number) {
    const entries = this.plans.get(`${operationId} ${plan} ${page}`);
    if (entries === undefined) throw new Error(`The operation ${operationId} has no page ${page} of its plan.`);
    return [...entries];
  }
  async list(limit: number, after?: string) {
    const positionOf = ({ createdAt, operationId }: Operation) => `${new Date(createdAt).toISOString()}#${operationId}`;
    const rest = [...this.all.values()]
      .sort((one, other) => (positionOf(one) < positionOf(other) ? 1 : -1))
      .filter((operation) => after === undefined || positionOf(operation) < after);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    return {
      operationIds: page.map(({ operationId }) => operationId),
      ...(rest.length > limit && last && { after: positionOf(last) }),
    };
  }
  async listDue(by: number) {
    return [...this.all.values()]
      .filter((operation) => !isEnded(operation) && operation.dueAt <= by)
      .map(({ operationId }) => operationId);
  }
}
