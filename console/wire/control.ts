import { ApiProblem } from './api.ts';
import { callPath, type Place, Refused } from './http.ts';

/**
 * Calls one of the runtime's control paths (docs/local-runtime.md).
 * @throws ApiProblem with the fields and rules that the path names; Unreachable
 */
export async function control(method: string, path: string, body?: object): Promise<unknown> {
  try {
    // A write needs a content type, and so a body; a DELETE needs none.
    return await callPath(method, path, body ?? (method === 'POST' ? {} : undefined));
  } catch (error) {
    throw asProblem(error);
  }
}

/** What the runtime or one of its AWS services refused, as a problem that is shown beside the control; other errors as they are. */
export function asProblem(error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  const errors = fieldsIn(error.message);
  const title = errors.length === 0 ? error.message : 'The runtime refused this';
  return new ApiProblem({ status: error.status, title, errors });
}

/** The fields and rules of a message such as `times: must be at least 1; delayMs: is required for delay`. */
function fieldsIn(message: string): { readonly field: string; readonly rule: string }[] {
  const parts = message.split('; ').map((part) => /^([\w.]+): (.+)$/.exec(part));
  return parts.every((part) => part !== null)
    ? parts.map((part) => ({ field: part[1] ?? '', rule: part[2] ?? '' }))
    : [];
}

/** The query that chooses an account and a Region. */
export const inPlace = ({ accountId, region }: Place): string => `?${new URLSearchParams({ accountId, region })}`;

/** Switches off the faults that are for a dataset group only. */
export const takeBackFaultsOf = (datasetGroupArn: string): Promise<unknown> =>
  control('DELETE', `/_console/faults?${new URLSearchParams({ datasetGroupArn })}`);

export const removeFault = (id: string): Promise<unknown> =>
  control('DELETE', `/_console/fault?id=${encodeURIComponent(id)}`);
