import type { Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { parseConfig } from '../../infra/aws/config.ts';
import { FUNCTION_NAMES, type FunctionName, type StackParts } from '../../infra/aws/parts.ts';

/** Parts of the kinds that the stack has, without its bundles: what watches them needs their names only. */
export function bareParts(stack: Stack, settings: object = {}): StackParts {
  const functions = Object.fromEntries(
    FUNCTION_NAMES.map((name) => [
      name,
      new LambdaFunction(stack, name, {
        runtime: Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler = async () => {};'),
        logGroup: new LogGroup(stack, `${name}-log`),
      }),
    ]),
  ) as Record<FunctionName, LambdaFunction>;
  const httpApi = new HttpApi(stack, 'Api');
  if (httpApi.defaultStage === undefined) throw new Error('the API has no stage');
  const bus = new EventBus(stack, 'Bus');
  const schedule = (name: 'sweep' | 'drift', expression: string) =>
    new Schedule(stack, `${name}-schedule`, {
      schedule: ScheduleExpression.expression(expression),
      target: new LambdaInvoke(functions[name]),
    });
  return {
    config: parseConfig(settings),
    table: new Table(stack, 'Table', { partitionKey: { name: 'trackerId', type: AttributeType.STRING } }),
    functions,
    stateMachine: new StateMachine(stack, 'Lifecycle', {
      definitionBody: DefinitionBody.fromString('{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}'),
    }),
    httpApi,
    stage: httpApi.defaultStage,
    accessLogs: new LogGroup(stack, 'AccessLogs'),
    bus,
    archive: bus.archive('Archive', { eventPattern: { source: ['event-trackers'] } }),
    queues: { bus: new Queue(stack, 'BusLetters'), schedules: new Queue(stack, 'ScheduleLetters') },
    schedules: { sweep: schedule('sweep', 'rate(1 minute)'), drift: schedule('drift', 'rate(1 hour)') },
  };
}
