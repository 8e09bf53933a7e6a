import { METRIC_UNITS } from '../../functions/metrics.ts';
import type { Measured } from './measure.ts';
import { HOURS_A_MONTH, invocationLines, type Line } from './prices.ts';

export interface Template {
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** Types of resources that cost nothing without traffic. */
const FREE_WHEN_IDLE: readonly string[] = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  // The bill counts its reads by runs, below.
  'AWS::DynamoDB::Table',
  // Only schema discovery has a price, which the stack does not use.
  'AWS::EventSchemas::Registry',
  'AWS::EventSchemas::Schema',
  'AWS::Events::Archive',
  'AWS::Events::EventBus',
  'AWS::Events::EventBusPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  // A metric filter costs only its metric, while it emits data.
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

/** What a run of the operations reads if there are none: one query without results. It runs as often as the sweeper. */
const OPERATIONS_READ_UNITS = 0.5;

/** The metrics that the sweeper and the drift check emit even without requests. */
const IDLE_METRICS = Object.keys(METRIC_UNITS).filter((name) =>
  /^(Sweep|Drift|Due|Oldest|TakeOvers|MaxTakeOvers)/.test(name),
);

/**
 * The bill for one month without requests, from the template's resources and the measured usage of an idle sweep and drift check.
 * @throws Error if a type of resource is neither priced nor known to be free, or a schedule is not a rate
 */
export function idleBill(template: Template, { idleSweep, idleDrift }: Measured): Line[] {
  const resources = Object.values(template.Resources);
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const priced = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::KMS::Key', 'AWS::Scheduler::Schedule'];
  const unknown = resources.find(({ Type }) => !priced.includes(Type) && !FREE_WHEN_IDLE.includes(Type));
  if (unknown) throw new Error(`${unknown.Type} has no price: add its price, or list it as free when idle.`);

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
      count: sweeps * (idleSweep.readUnits + OPERATIONS_READ_UNITS) + drifts * idleDrift.readUnits,
    },
  ];
}

/** An alarm is billed by its metrics. For a query, that is the number of metrics found; one is assumed. */
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
  if (count === '') throw new Error(`The schedule ${String(expression)} is not a rate of minutes or hours.`);
  return (HOURS_A_MONTH * (unit === 'minute' ? 60 : 1)) / Number(count);
}
