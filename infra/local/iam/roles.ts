import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { AwsError, type Clock } from '../wire.ts';

/** A role of an account, with its policies as JSON texts. */
export interface Role {
  /** Unique also among deleted roles of the same name, so that a role made again does not revive old sessions. */
  readonly roleId: string;
  readonly accountId: string;
  readonly roleName: string;
  /** `/`, or `/partners/`. */
  readonly path: string;
  readonly trust: string;
  readonly policies: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The temporary credentials of an assumed role. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountId: string;
  readonly roleName: string;
  readonly roleId: string;
  readonly sessionName: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const roleSchema: z.ZodType<Role> = z.object({
  roleId: z.string(),
  accountId: z.string(),
  roleName: z.string(),
  path: z.string(),
  trust: z.string(),
  policies: z.record(z.string(), z.string()),
  createdAt: z.number(),
});
const sessionSchema: z.ZodType<Session> = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  accountId: z.string(),
  roleName: z.string(),
  roleId: z.string(),
  sessionName: z.string(),
  expiresAt: z.number(),
});

export const roleArnOf = ({ accountId, path, roleName }: Pick<Role, 'accountId' | 'path' | 'roleName'>): string =>
  `arn:aws:iam::${accountId}:role${path}${roleName}`;
export const sessionArnOf = ({ accountId, roleName, sessionName }: Session): string =>
  `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;

/** The roles of all accounts and their sessions. They survive a restart; without a directory they are in memory only. */
export class Roles {
  readonly #clock: Clock;
  readonly #roles: DurableMap<Role>;
  readonly #sessions: DurableMap<Session>;

  constructor(directory: string | undefined, clock: Clock) {
    this.#clock = clock;
    this.#roles = new DurableMap(directory && join(directory, 'roles.jsonl'), roleSchema);
    this.#sessions = new DurableMap(directory && join(directory, 'sessions.jsonl'), sessionSchema);
  }

  get now(): number {
    return this.#clock();
  }
  role(accountId: string, roleName: string): Role | undefined {
    return this.#roles.get(`${accountId}/${roleName}`);
  }
  rolesOf(accountId: string): Role[] {
    return [...this.#roles.values()].filter((role) => role.accountId === accountId);
  }
  put(role: Role): void {
    this.#roles.set(`${role.accountId}/${role.roleName}`, role);
  }
  remove({ accountId, roleName }: Role): void {
    this.#roles.delete(`${accountId}/${roleName}`);
  }

  /** A new session of a role. */
  start({ accountId, roleName, roleId }: Role, sessionName: string, durationMs: number): Session {
    for (const { accessKeyId, expiresAt } of [...this.#sessions.values()]) {
      // Kept for a while, so that a late call gets the error that they have expired.
      if (expiresAt < this.now - FORGET_MS) this.#sessions.delete(accessKeyId);
    }
    const session: Session = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(60).toString('base64'),
      accountId,
      roleName,
      roleId,
      sessionName,
      expiresAt: this.now + durationMs,
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }
  sessions(): Session[] {
    return [...this.#sessions.values()];
  }
  /** Ends sessions now, as if their time were over. */
  expire(fits: (session: Session) => boolean): void {
    for (const session of this.sessions()) {
      if (fits(session)) this.#sessions.set(session.accessKeyId, { ...session, expiresAt: this.now });
    }
  }

  /**
   * The session of temporary credentials, and its role.
   * @throws AwsError ExpiredTokenException; UnrecognizedClientException if there is no such session or its role is deleted
   */
  sessionOf(accessKeyId: string, sessionToken: string | undefined): { session: Session; role: Role } {
    const session = this.#sessions.get(accessKeyId);
    const role = session && this.role(session.accountId, session.roleName);
    if (!session || session.sessionToken !== sessionToken || role?.roleId !== session.roleId) {
      throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (session.expiresAt <= this.now) {
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return { session, role };
  }

  close(): void {
    this.#roles.close();
    this.#sessions.close();
  }
}

const FORGET_MS = 24 * 3_600_000;
