import { AwsError, jsonAnswer, jsonObject, type WireAnswer, type WireRequest, type WireService } from '../wire.ts';
import type { EventBridge } from './core.ts';
import { faultSchema } from './faults.ts';

const answer = (status: number, body: unknown): WireAnswer => jsonAnswer(body, 'application/json', status);

/**
 * What tests and demos ask of the bus: `POST /_events/faults` {times, fault} and `DELETE /_events/faults`, both answered
 * by {faults} that wait; `GET /_events/failed-invocations`, answered by {count, failedInvocations}. A bad script is a 400
 * with a `message` that names the field and the rule.
 */
export function createScript(core: EventBridge): WireService {
  return async (request) => {
    const route = `${request.method} ${request.path}`;
    switch (route) {
      case 'POST /_events/faults':
        return addFault(core, request);
      case 'GET /_events/faults':
        return answer(200, { faults: core.faults.waiting });
      case 'DELETE /_events/faults':
        core.faults.clear();
        return answer(200, { faults: core.faults.waiting });
      case 'GET /_events/failed-invocations':
        return answer(200, core.failedInvocations());
      default:
        return answer(404, { message: `There is no ${route}.` });
    }
  };
}

function addFault(core: EventBridge, request: WireRequest): WireAnswer {
  let body: Record<string, unknown>;
  try {
    body = jsonObject(request.body);
  } catch (error) {
    if (error instanceof AwsError) return answer(400, { message: error.message });
    throw error;
  }
  const script = faultSchema.safeParse(body);
  if (!script.success) {
    const issues = script.error.issues.map((issue) => `${issue.path.join('.') || 'the script'}: ${issue.message}`);
    return answer(400, { message: issues.join('; ') });
  }
  core.faults.add(script.data);
  return answer(200, { faults: core.faults.waiting });
}
