import { SFNClient } from '@aws-sdk/client-sfn';
import { REQUEST_HANDLER, required } from '../environment.ts';
import { createWorkflowGateway, type WorkflowGateway } from '../gateways/workflow.ts';
import { type Home, partitionOf } from './schemas.ts';

/** The name of the claim that is the tenant. */
export const tenantClaim = (): string => process.env.TENANT_CLAIM || 'tenant';

export function home(): Home {
  const region = required('AWS_REGION');
  return { partition: partitionOf(region), region, accountId: required('ACCOUNT_ID') };
}

export function workflowGateway(): WorkflowGateway {
  return createWorkflowGateway(new SFNClient({ requestHandler: REQUEST_HANDLER }), required('STATE_MACHINE_ARN'));
}
