import type { HttpApi, IHttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { StackConfig } from './config.ts';
import type { FunctionName } from './function-names.ts';

export type Functions = Readonly<Record<Exclude<FunctionName, 'api-events'>, LambdaFunction>> & {
  readonly 'api-events'?: LambdaFunction;
};

/** What the stack is made of, for what watches it: alarms and the dashboard. */
export interface StackResources {
  readonly config: StackConfig;
  /** Of the deployment that chose a key of its own; what holds data is encrypted by it. */
  readonly key?: IKey;
  readonly table: ITable;
  readonly functions: Functions;
  readonly stateMachine: StateMachine;
  readonly httpApi: HttpApi;
  /** The API's only stage, `$default`. */
  readonly stage: IHttpStage;
  /** A JSON line a request, of which api.ts names the fields: what API Gateway refuses itself is here only. */
  readonly accessLogs: LogGroup;
  readonly bus: EventBus;
  readonly archive: Archive;
  /** Dead letters: of the bus (its own deliveries and its rules'), and of the two schedules. */
  readonly queues: { readonly bus: Queue; readonly schedules: Queue };
  readonly schedules: { readonly sweep: Schedule; readonly drift: Schedule };
}
