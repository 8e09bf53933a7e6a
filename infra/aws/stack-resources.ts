import type { HttpApi, IHttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Archive, IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { StackConfig } from './config.ts';
import type { FunctionName, OptionalFunction } from './function-names.ts';
import type { ConnectedBus } from './subscriber-buses.ts';

export type Functions = Readonly<Record<Exclude<FunctionName, OptionalFunction>, LambdaFunction>> &
  Readonly<Partial<Record<OptionalFunction, LambdaFunction>>>;

/** The stack's resources, for alarms and the dashboard. */
export interface StackResources {
  readonly config: StackConfig;
  /** The deployment's own key, if it chose one. It encrypts everything that holds data. */
  readonly key?: IKey;
  readonly table: ITable;
  readonly functions: Functions;
  readonly stateMachine: StateMachine;
  /** It admits trackers that wait for their turn. */
  readonly admissionStateMachine: StateMachine;
  readonly httpApi: HttpApi;
  /** The API's only stage, `$default`. */
  readonly stage: IHttpStage;
  /** One JSON line per request; api.ts names the fields. Refusals by API Gateway itself appear only here. */
  readonly accessLogs: LogGroup;
  readonly bus: IEventBus;
  readonly subscriberBuses: readonly ConnectedBus[];
  /** Absent if the bus is not the deployment's own. */
  readonly archive?: Archive;
  /** Dead-letter queues: of the bus and its rules, of the two schedules, and of the functions that keep tracking IDs. */
  readonly queues: { readonly bus?: Queue; readonly schedules: Queue; readonly trackingIds: readonly Queue[] };
  readonly schedules: Readonly<Record<'sweep' | 'drift' | 'operations', Schedule>>;
}
