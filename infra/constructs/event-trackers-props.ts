import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/** The limits of a route: requests per second, and a burst. */
export interface Throttle {
  readonly rateLimit?: number;
  readonly burstLimit?: number;
}

/** The rule that names tenants and separates them. */
export interface TenancyProps {
  /** The claim that names the tenant. Default: `tenant`. */
  readonly claim?: string;
  /** The pattern of tenant names: character sets with counts, which exclude the separator. Default: `^[a-z0-9]+$`. */
  readonly pattern?: string;
  /** A tenant may use the dataset groups whose names begin with the tenant and this. No other value is accepted. */
  readonly separator?: '-';
}

/** Times in seconds. */
export interface LifecycleProps {
  /** How long a create call can still take effect. Default: 360. */
  readonly createInFlightSeconds?: number;
  /** How long an execution may be silent before the sweeper takes over its record. Default: 240. */
  readonly leaseSeconds?: number;
  /** How long a creation or deletion may take. Default: 1800. */
  readonly deadlineSeconds?: number;
  /** How often an idle record is compared with Personalize. Default: 3600. */
  readonly driftIntervalSeconds?: number;
  /** How long the API still returns a tracker that is gone. Default: 86400. */
  readonly retentionSeconds?: number;
}

/** Another account and its Regions. */
export interface AccountProps {
  /** The role that the service assumes there. */
  readonly roleArn: string;
  readonly externalId: string;
  readonly regions: readonly string[];
  readonly tenants: readonly string[];
}

/** Where the tracking ID of each ACTIVE tracker is kept for applications. */
export interface TrackingIdsProps {
  /** In SecureStrings of Parameter Store. Default: false. */
  readonly parameters?: boolean;
  /** In secrets of Secrets Manager. Default: false. */
  readonly secrets?: boolean;
  /** The ARN of the KMS key that encrypts them. Default: the key of the deployment, or else that of AWS. */
  readonly keyArn?: string;
}

/** An event bus of another account. Its half is the construct EventTrackerBus. */
export interface SubscriberBusProps {
  readonly busArn: string;
  /** The tenants whose events it receives, or `all`. */
  readonly tenants: readonly string[] | 'all';
}

/** The settings of a deployment, which a JSON file has too if this service is deployed from a clone (docs/deploy.md). */
export interface EventTrackersSettings {
  /**
   * Names the deployment: part of all resource names except that of the table, and of a tag of every tracker. One account and Region can hold
   * several. 1 to 16 characters of a-z, 0-9 and -. Default: `dev`.
   */
  readonly stage?: string;
  /** The `iss` claim of the tokens, exactly. API Gateway reads the keys below its `/.well-known/`. */
  readonly issuer: string;
  /**
   * The accepted values of a token's `aud` (or Cognito's `client_id`): at most 50, or 5,000 with `authorizer: 'FUNCTION'`. Required unless
   * `audiencePattern` is set.
   */
  readonly audience?: readonly string[];
  /** Who checks tokens: API Gateway's JWT authorizer, or a Lambda function of this service. Default: `JWT`. */
  readonly authorizer?: 'JWT' | 'FUNCTION';
  /** Accepts the clients that match it. Only with `authorizer: 'FUNCTION'`. */
  readonly audiencePattern?: string;
  /** What a token's `token_use` must be, if it has this claim. Only with `authorizer: 'FUNCTION'`. Default: `access`. */
  readonly tokenUse?: 'access' | 'id' | 'any';
  /** The ARNs of the IAM roles of this account that may call /platform and act for any tenant. Default: none. */
  readonly platformRoles?: readonly string[];
  readonly tenancy?: TenancyProps;
  readonly lifecycle?: LifecycleProps;
  /** A period that CloudWatch Logs accepts. Default: 90. */
  readonly logRetentionDays?: number;
  /** The archive of the bus holds tracking IDs. 1 to 90. Default: 14. */
  readonly archiveRetentionDays?: number;
  /** Registers the schemas of the events in an EventBridge schema registry. Default: true. */
  readonly schemaRegistry?: boolean;
  /** Default: `INFO`. */
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** The limits of each route, of the routes for interactions, and of the batch routes. Defaults: 50/100, 200/400, 1/2. */
  readonly throttling?: { readonly default?: Throttle; readonly events?: Throttle; readonly batch?: Throttle };
  /** How many trackers a second may begin their calls to Personalize, until the service has learned another rate. 0.1 to 100. Default: 2.5. */
  readonly admissionRate?: number;
  /** How many unfinished event trackers a tenant may have. Default: any number. */
  readonly maxUnfinishedPerTenant?: number;
  /** The pace of operations that retry many event trackers. Default: 15. */
  readonly retriesPerMinute?: number;
  /** How long a GET may hold its answer on `Prefer: wait`, at most 25. Above 0 it requires `reservedConcurrency['api-read']`. Default: 0. */
  readonly preferWaitSeconds?: number;
  /** Accepts and answers task tokens of Step Functions. Default: false. */
  readonly callbacks?: boolean;
  /** Passes interactions on to Personalize: `POST …/events`. Default: false. */
  readonly events?: boolean;
  /** The drift check recreates a tracker that somebody else deleted. It then has another tracking ID. Default: false. */
  readonly recreateMissing?: boolean;
  /** Restores requested tags that others changed. Default: false. */
  readonly repairTags?: boolean;
  /** `?destroy=true` deletes adopted trackers: a grant for every tracker of the account and Region. Default: false. */
  readonly destroyAdopted?: boolean;
  /** Other accounts in which event trackers may be, by their ids. */
  readonly accounts?: Readonly<Record<string, AccountProps>>;
  readonly trackingIds?: TrackingIdsProps;
  /** Event buses of other accounts that receive events, at most 20. */
  readonly subscriberBuses?: readonly SubscriberBusProps[];
  /** Whose KMS key encrypts the data. `CUSTOMER_MANAGED` creates one; an existing one is `encryptionKey`. Default: `AWS_MANAGED`. */
  readonly encryption?: 'AWS_MANAGED' | 'CUSTOMER_MANAGED';
  /** How many concurrent Lambda executions of the account the deployment can count on. Default: 10, those of a new account. */
  readonly accountConcurrency?: number;
  /** Reserved concurrency by the name of a function, such as `api-read` or `sweep`. Default: none. */
  readonly reservedConcurrency?: Readonly<Record<string, number>>;
  /** Receives the alarms. Its owner has to confirm the subscription. */
  readonly alarmEmail?: string;
  /** A restored table to use instead of the deployment's own. */
  readonly restoredTableName?: string;
  /** The customer-managed key of the restored table, if it is not the deployment's own. */
  readonly restoredTableKeyArn?: string;
}

/** A domain for the API. */
export interface ApiDomain {
  readonly domainName: string;
  /** In the Region of the API, and for its domain. */
  readonly certificate: ICertificate;
  /** Gets the alias record of the domain. Default: none; create one to `apiDomain.regionalDomainName`. */
  readonly hostedZone?: IHostedZone;
}

/** The subnets of a VPC in which the functions have their network interfaces. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  /** Default: the private subnets. */
  readonly subnets?: SubnetSelection;
  /** Default: one for each function, which allows all outbound traffic. */
  readonly securityGroups?: ISecurityGroup[];
}

/** What a deployment can share with the stack that it is part of. */
export interface EventTrackersResources {
  /**
   * Publish on this bus instead of one of the deployment's own. Its policy, archive, encryption and dead letters are its owner's: let only the role
   * of the function `PublishEvents` put events with the source `event-trackers`. Subscribers get tracking IDs.
   */
  readonly bus?: IEventBus;
  /**
   * Encrypt the data with this key. A key of the same app gets the statements that EventBridge, CloudWatch and its logs need; the policy of an
   * imported key must have them already.
   */
  readonly encryptionKey?: IKey;
  /** The permissions boundary of all roles. */
  readonly permissionsBoundary?: IManagedPolicy;
  /** A domain for the API. Its execute-api endpoint is then closed. */
  readonly domain?: ApiDomain;
  /**
   * The VPC in which the functions run. They need to reach DynamoDB, Step Functions, EventBridge and Personalize, and those of STS, Systems Manager,
   * Secrets Manager and the issuer that the settings use: by endpoints or a NAT gateway.
   */
  readonly network?: FunctionNetwork;
  /** Folders with code of your own for the functions, by name. Default: the code in this package. */
  readonly functionFolders?: Readonly<Record<string, { readonly folder: string }>>;
}

export interface EventTrackersProps extends EventTrackersSettings, EventTrackersResources {}
