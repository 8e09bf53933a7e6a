import { randomBytes } from 'node:crypto';
import { AwsError, type WireRequest, type WireService } from '../wire.ts';
import { callerOf } from './callers.ts';
import { statementsOf } from './policy.ts';
import { type Form, parameter, queryService, type Xml } from './query-protocol.ts';
import { type Role, type Roles, roleArnOf } from './roles.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';
const NAME = /^[\w+=,.@-]{1,64}$/;
const POLICY_NAME = /^[\w+=,.@-]{1,128}$/;
const PATH = /^\/(?:[!-.0-~]+\/)*$/;
const ANY = /^/;

/** Roles and their inline policies, as much of IAM as AssumeRole needs. Each call concerns the account of its access key. */
export function createIam(roles: Roles): WireService {
  const roleIn = (form: Form, request: WireRequest): Role => {
    const roleName = parameter(form, 'RoleName', NAME);
    const role = roles.role(callerOf(roles, request).accountId, roleName);
    if (role === undefined) throw noSuch(`The role with name ${roleName} cannot be found.`);
    return role;
  };
  const policyIn = (form: Form, role: Role): [name: string, text: string] => {
    const name = parameter(form, 'PolicyName', POLICY_NAME);
    const text = role.policies[name];
    if (text === undefined) throw noSuch(`The role policy with name ${name} cannot be found.`);
    return [name, text];
  };
  return queryService('IAM', NAMESPACE, {
    CreateRole(form, request) {
      const { accountId } = callerOf(roles, request);
      const roleName = parameter(form, 'RoleName', NAME);
      const path = parameter({ Path: '/', ...form }, 'Path', PATH);
      const trust = parameter(form, 'AssumeRolePolicyDocument', ANY);
      statementsOf('trust', trust);
      if (roles.role(accountId, roleName)) {
        throw new AwsError('EntityAlreadyExists', `Role with name ${roleName} already exists.`, 409);
      }
      const roleId = `AROA${randomBytes(8).toString('hex').toUpperCase()}`;
      const role = { roleId, accountId, roleName, path, trust, policies: {}, createdAt: roles.now };
      roles.put(role);
      return { Role: described(role) };
    },
    GetRole: (form, request) => ({ Role: described(roleIn(form, request)) }),
    ListRoles: (_, request) => ({
      Roles: { member: roles.rolesOf(callerOf(roles, request).accountId).map(described) },
      IsTruncated: 'false',
    }),
    UpdateAssumeRolePolicy(form, request) {
      const role = roleIn(form, request);
      const trust = parameter(form, 'PolicyDocument', ANY);
      statementsOf('trust', trust);
      roles.put({ ...role, trust });
      return undefined;
    },
    DeleteRole(form, request) {
      const role = roleIn(form, request);
      if (Object.keys(role.policies).length > 0) {
        throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
      }
      roles.remove(role);
      return undefined;
    },
    PutRolePolicy(form, request) {
      const role = roleIn(form, request);
      const name = parameter(form, 'PolicyName', POLICY_NAME);
      const text = parameter(form, 'PolicyDocument', ANY);
      statementsOf('permissions', text);
      roles.put({ ...role, policies: { ...role.policies, [name]: text } });
      return undefined;
    },
    GetRolePolicy(form, request) {
      const role = roleIn(form, request);
      const [name, text] = policyIn(form, role);
      return { RoleName: role.roleName, PolicyName: name, PolicyDocument: encodeURIComponent(text) };
    },
    ListRolePolicies: (form, request) => ({
      PolicyNames: { member: Object.keys(roleIn(form, request).policies) },
      IsTruncated: 'false',
    }),
    DeleteRolePolicy(form, request) {
      const role = roleIn(form, request);
      const [name] = policyIn(form, role);
      const { [name]: _, ...policies } = role.policies;
      roles.put({ ...role, policies });
      return undefined;
    },
  });
}

const noSuch = (message: string) => new AwsError('NoSuchEntity', message, 404);

const described = (role: Role): Xml => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: roleArnOf(role),
  CreateDate: new Date(role.createdAt).toISOString(),
  AssumeRolePolicyDocument: encodeURIComponent(role.trust),
});
