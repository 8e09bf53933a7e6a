import { ACCOUNT_ID } from '../wire.ts';

/** An access key and its role. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly roleName: string;
  /** The name of the session, if it is one of AssumeRole. Otherwise the access key stands for it. */
  readonly sessionName?: string;
}

/** The platform role of a local runtime, unless PLATFORM_ROLES names others. */
export const PLATFORM_ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/platform`;

/**
 * The access keys that `/platform` of a local runtime accepts: one of the platform role, and one of a role without access, to test
 * the rejection. They are not secret, because the port is on the loopback interface, with the guard against foreign pages.
 */
export const ACCESS_KEYS: readonly AccessKey[] = ['platform', 'outsider'].map((name) => ({
  accessKeyId: name,
  secretAccessKey: name,
  roleName: name,
}));
