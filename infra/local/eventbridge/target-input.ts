import { AwsError } from '../wire.ts';
import type { EventBridgeEnvelope } from './event.ts';

/** The input of a target: at most one of the two. Without either, it is the whole event. */
export interface TargetInput {
  /** JSON text to send instead of the event. */
  readonly Input?: string;
  /** A JSON path into the event, `$.detail.name`, `$['detail-type']` or `$.resources[0]`. */
  readonly InputPath?: string;
}

const STEP = /\.([\p{L}\p{N}_$-]+)|\['([^']+)'\]|\["([^"]+)"\]|\[(\d+)\]/uy;

function stepsOf(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  for (let at = 1; at < path.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (match === null) return undefined;
    const [, dotted, single, double, index] = match;
    steps.push(index === undefined ? (dotted ?? single ?? double ?? '') : Number(index));
  }
  return steps;
}

/** @throws AwsError ValidationException if Input is not JSON, InputPath is not a path, or both are given */
export function checkTargetInput(id: string, target: TargetInput & { readonly InputTransformer?: unknown }): void {
  if (target.InputTransformer !== undefined) {
    throw new AwsError(
      'ValidationException',
      `InputTransformer of target ${id} is not supported by the local EventBridge; use Input or InputPath.`,
    );
  }
  if (target.Input !== undefined && target.InputPath !== undefined) {
    throw new AwsError(
      'ValidationException',
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`,
    );
  }
  if (target.Input !== undefined) {
    try {
      JSON.parse(target.Input);
    } catch {
      throw new AwsError(
        'ValidationException',
        `Parameter Input of target ${id} is not valid. Reason: it must be JSON.`,
      );
    }
  }
  if (target.InputPath !== undefined && stepsOf(target.InputPath) === undefined) {
    throw new AwsError(
      'ValidationException',
      `Parameter InputPath of target ${id} is not valid. Reason: it must be a JSON path such as $.detail.`,
    );
  }
}

/** The input of the target for this event, as JSON. It is null if the path leads nowhere. */
export function inputFor(target: TargetInput, event: EventBridgeEnvelope): unknown {
  if (target.Input !== undefined) return JSON.parse(target.Input);
  let value: unknown = event;
  for (const step of stepsOf(target.InputPath ?? '$') ?? []) {
    const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    value = inner.find(([name]) => name === String(step))?.[1] ?? null;
  }
  return value;
}
