import { SFNClient } from '@aws-sdk/client-sfn';
import { createTaskCallbackGateway } from '../../functions/gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway } from '../../functions/gateways/task-heartbeats.ts';
import { AwsError, CUT, errorAnswer, jsonAnswer, jsonObject, type WireService } from '../../infra/local/wire.ts';
import { inProcess } from './in-process.ts';

/** The result sent for one task token, by SendTaskSuccess or SendTaskFailure. */
export interface Answered {
  readonly taskToken: string;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** How a SendTask* call fails. With lost-answer the call takes effect; with the others it does not. */
export type SendTaskFault = 'throttle' | 'server-error' | 'access-denied' | 'lost-answer';

const JSON_1_0 = 'application/x-amz-json-1.0';

/** The SendTask* API of Step Functions. It accepts each token once, and returns TaskTimedOut afterwards. */
export class TaskTokens {
  /** All calls, accepted or not. */
  calls = 0;
  /** The accepted results, in order. */
  readonly answered: Answered[] = [];
  /** The failures of the next calls, one per call. */
  readonly faults: SendTaskFault[] = [];
  /** Tokens for which every call fails, with the error code. */
  readonly refused = new Map<string, string>();
  readonly gateway = createTaskCallbackGateway(new SFNClient(inProcess((request) => this.#wire(request))));

  /** The token of each heartbeat that reached Step Functions, in order. */
  readonly heartbeats: string[] = [];
  /** The failures of the next heartbeats, one per call. */
  readonly heartbeatFaults: SendTaskFault[] = [];
  readonly heartbeatGateway = createTaskHeartbeatGateway(
    new SFNClient({ ...inProcess((request) => this.#wire(request)), maxAttempts: 1 }),
  );

  #heartbeat(taskToken: string) {
    const refusal = refusalBy(this.heartbeatFaults.shift());
    if (refusal) return errorAnswer(refusal, JSON_1_0);
    this.heartbeats.push(taskToken);
    const code = this.refused.get(taskToken);
    return code === undefined ? jsonAnswer({}, JSON_1_0) : errorAnswer(new AwsError(code, taskToken), JSON_1_0);
  }

  readonly #wire: WireService = async ({ headers, body }) => {
    if (String(headers['x-amz-target']).endsWith('.SendTaskHeartbeat')) {
      return this.#heartbeat(String(jsonObject(body).taskToken));
    }
    this.calls++;
    const fault = this.faults.shift();
    const refusal = fault === 'lost-answer' ? undefined : refusalBy(fault);
    if (refusal) return errorAnswer(refusal, JSON_1_0);
    const { taskToken, output, error, cause } = jsonObject(body) as Record<string, string | undefined>;
    const code = this.refused.get(String(taskToken));
    if (code !== undefined) return errorAnswer(new AwsError(code, `The token ${taskToken} is refused`), JSON_1_0);
    const isTaken = this.answered.some((answer) => answer.taskToken === taskToken);
    if (isTaken) return errorAnswer(new AwsError('TaskTimedOut', 'Task Timed Out'), JSON_1_0);
    this.answered.push({
      taskToken: String(taskToken),
      ...(output !== undefined && { output: JSON.parse(output) }),
      ...(error !== undefined && { error, cause }),
    });
    return fault === 'lost-answer' ? CUT : jsonAnswer({}, JSON_1_0);
  };

  /** The outcome sent for a token: ACTIVE, or the error's name. */
  outcomeOf(taskToken: string): string | undefined {
    const answer = this.answered.find((each) => each.taskToken === taskToken);
    if (answer?.output === undefined) return answer?.error;
    return (answer.output as { status: string }).status;
  }
}

function refusalBy(fault: SendTaskFault | undefined): AwsError | undefined {
  switch (fault) {
    case undefined:
    case 'lost-answer':
      return undefined;
    case 'throttle':
      return new AwsError('ThrottlingException', 'Rate exceeded');
    case 'server-error':
      return new AwsError('InternalFailure', 'An injected fault.', 500);
    case 'access-denied':
      return new AwsError('AccessDeniedException', 'not allowed');
  }
}
