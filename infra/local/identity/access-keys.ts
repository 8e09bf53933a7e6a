import { ACCOUNT_ID } from '../wire.ts';

/** An access key, and the role whose session it stands for. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly roleName: string;
}

/** The role that a local runtime takes for a platform's, unless PLATFORM_ROLES names others. */
export const PLATFORM_ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/platform`;

/**
 * The access keys that the IAM entrance of a local runtime knows: one of a platform, and one of a role that is none, to try the
 * refusal with. They are no secrets: the port is on the loopback interface, behind the guard against foreign pages.
 */
export const ACCESS_KEYS: readonly AccessKey[] = ['platform', 'outsider'].map((name) => ({
  accessKeyId: name,
  secretAccessKey: name,
  roleName: name,
}));
