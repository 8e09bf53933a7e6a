import { METRIC_UNITS } from '../../functions/metrics.ts';
import type { Measured } from './measure.ts';
import { HOURS_A_MONTH, invocationLines, type Line } from './prices.ts';

export interface Template {
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** Types of which a resource costs nothing as long as nothing passes through it. */
const FREE_WHEN_IDLE: readonly string[] = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  // By its runs, below.
  'AWS::DynamoDB::Table',
  'AWS::Events::Archive',
  'AWS::Events::EventBus',
  'AWS::Events::EventBusPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  // It costs the metric that it makes, while it makes one.
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::ResourcePolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::StepFunctions::StateMachine',
];

/** The metrics that the sweep and the drift check write though nothing happens. */
const IDLE_METRICS = Object.keys(METRIC_UNITS).filter((name) =>
  /^(Sweep|Drift|Due|Oldest|TakeOvers|MaxTakeOvers)/.test(name),
);

/**
 * What a deployment costs a month in which nobody asks for anything, from the resources of its template and what an idle sweep and
 * drift check were measured to use.
 * @throws Error on a type of resource that is neither priced nor known to cost nothing, or a schedule that is no rate
 */
export function idleBill(template: Template, { idleSweep, idleDrift }: Measured): Line[] {
  const resources = Object.values(template.Resources);
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const priced = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::KMS::Key', 'AWS::Scheduler::Schedule'];
  const unknown = resources.find(({ Type }) => !priced.includes(Type) && !FREE_WHEN_IDLE.includes(Type));
  if (unknown) throw new Error(`${unknown.Type} has no price: say what one costs, or that it costs nothing when idle.`);

  const runs = ofType('AWS::Scheduler::Schedule').map(({ Properties }) => runsAMonth(Properties?.ScheduleExpression));
  const invocations = runs.reduce((sum, each) => sum + each, 0);
  const [drifts = 0, sweeps = 0] = [...runs].sort((left, right) => left - right);
  return [
    {
      unit: 'CloudWatch, a metric of an alarm, a month',
      count: ofType('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm.Properties), 0),
    },
    { unit: 'CloudWatch, a custom metric, a month', count: IDLE_METRICS.length },
    { unit: 'CloudWatch, a dashboard, a month', count: ofType('AWS::CloudWatch::Dashboard').length },
    { unit: 'KMS, a customer-managed key, a month', count: ofType('AWS::KMS::Key').length },
    { unit: 'EventBridge Scheduler, an invocation', count: invocations },
    ...invocationLines(invocations),
    { unit: 'X-Ray, a trace recorded', count: invocations },
    {
      unit: 'DynamoDB on demand, a read request unit',
      count: sweeps * idleSweep.readUnits + drifts * idleDrift.readUnits,
    },
  ];
}

/** An alarm is billed by the metrics that it looks at; one that is a query by those that the query finds, of which one is counted. */
function metricsOf(properties: Readonly<Record<string, unknown>> = {}): number {
  const { Metrics } = properties;
  if (!Array.isArray(Metrics)) return 1;
  return Math.max(
    1,
    Metrics.filter((metric) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric).length,
  );
}

function runsAMonth(expression: unknown): number {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour)s?\)$/.exec(String(expression)) ?? [];
  if (count === '') throw new Error(`The schedule ${String(expression)} is no rate of minutes or hours.`);
  return (HOURS_A_MONTH * (unit === 'minute' ? 60 : 1)) / Number(count);
}
