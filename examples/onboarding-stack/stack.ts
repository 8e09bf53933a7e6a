import { Arn, ArnFormat, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  type FunctionProps,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ONBOARDING, ONBOARDING_LIST } from '../onboarding/definition.ts';
import type { Settings } from './settings.ts';

export interface OnboardingStackProps extends StackProps, Settings {
  /** examples/onboarding/lambda.ts and report-lambda.ts, bundled. */
  readonly code: { readonly request: Code; readonly report: Code };
}

/** The role that requests event trackers. It has a name of its own, because the service's `platformRoles` must contain it. */
const PLATFORM_ROLE_NAME = 'event-trackers-onboarding';
/** Fixed, because the list's role names its own state machine. */
const LIST_NAME = 'event-trackers-onboarding-list';
/** The Label of the Map state. */
const LABEL = 'Tenants';

/** The state machines of examples/onboarding, with their functions and the table of outcomes. */
export class OnboardingStack extends Stack {
  constructor(scope: Construct, id: string, props: OnboardingStackProps) {
    const { apiUrl, platformInvokeArn, trackingIdIn, code, ...stackProps } = props;
    super(scope, id, stackProps);
    const table = new Table(this, 'Outcomes', {
      partitionKey: { name: 'run', type: AttributeType.STRING },
      sortKey: { name: 'position', type: AttributeType.NUMBER },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const platformRole = new Role(this, 'PlatformRole', {
      roleName: PLATFORM_ROLE_NAME,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
    });
    platformRole.addToPolicy(new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [platformInvokeArn] }));
    const request = this.#function('RequestEventTracker', {
      code: code.request,
      handler: 'lambda.handler',
      role: platformRole,
      environment: { EVENT_TRACKERS_URL: `${apiUrl}/platform/event-trackers` },
    });
    const report = this.#function('Report', {
      code: code.report,
      handler: 'report-lambda.handler',
      environment: { REPORT_TABLE_NAME: table.tableName },
    });
    table.grant(report, 'dynamodb:Query');

    const substitutions = {
      RequestEventTracker: request.functionArn,
      ReportTable: table.tableName,
      PersonalizeArn: this.formatArn({ service: 'personalize', resource: '' }).replace(/:$/, ''),
      TrackingIdIn: trackingIdIn,
    };
    const one = new StateMachine(this, 'Onboarding', {
      role: this.#stateMachineRole('OnboardingRole', table, [request]),
      definitionBody: DefinitionBody.fromString(ONBOARDING),
      definitionSubstitutions: substitutions,
    });
    const list = new StateMachine(this, 'OnboardingList', {
      stateMachineName: LIST_NAME,
      role: this.#stateMachineRole('OnboardingListRole', table, [request, report]),
      definitionBody: DefinitionBody.fromString(ONBOARDING_LIST),
      definitionSubstitutions: { ...substitutions, Report: report.functionArn },
    });
    this.#allowItems(list);

    new CfnOutput(this, 'PlatformRoleArn', {
      value: platformRole.roleArn,
      description: "An entry of the service's setting platformRoles",
    });
    new CfnOutput(this, 'OnboardingArn', { value: one.stateMachineArn });
    new CfnOutput(this, 'OnboardingListArn', { value: list.stateMachineArn });
    new CfnOutput(this, 'OutcomesTableName', { value: table.tableName });
  }

  #function(id: string, props: Pick<FunctionProps, 'code' | 'handler' | 'role' | 'environment'>): LambdaFunction {
    return new LambdaFunction(this, id, {
      ...props,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Lambda's defaults (128 MB, 3 s) can be too small for a cold start of the SDK and a call.
      memorySize: 256,
      timeout: Duration.seconds(30),
    });
  }

  /** Exactly the calls of the definitions' states. Dataset groups have any name, as the tenants' names are not known here. */
  #stateMachineRole(id: string, table: Table, functions: readonly LambdaFunction[]): Role {
    const role = new Role(this, id, {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    });
    const personalize = (resource: string, ...actions: string[]) =>
      new PolicyStatement({
        actions: actions.map((action) => `personalize:${action}`),
        resources: [this.formatArn({ service: 'personalize', resource, resourceName: '*' })],
      });
    for (const statement of [
      personalize('dataset-group', 'DescribeDatasetGroup', 'CreateDatasetGroup'),
      personalize('dataset', 'DescribeDataset', 'CreateDataset'),
      personalize('schema', 'CreateSchema'),
      new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [table.tableArn] }),
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: functions.map(({ functionArn }) => functionArn),
      }),
    ]) {
      role.addToPolicy(statement);
    }
    return role;
  }

  /** A distributed Map state starts the executions of its items as executions of its own state machine, and stops them. */
  #allowItems(list: StateMachine): void {
    const executions = (name: string) =>
      Arn.format(
        {
          service: 'states',
          resource: 'execution',
          resourceName: `${name}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        },
        this,
      );
    // A policy of its own, because it depends on the state machine, which depends on its role.
    new Policy(this, 'OnboardingListItems', {
      roles: [list.role as Role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [list.stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executions(LIST_NAME), executions(`${LIST_NAME}/${LABEL}`)],
        }),
      ],
    });
  }
}
