import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { Role } from '../tracker/accounts.ts';
import { AccessDeniedError, refusalOf, UnknownOutcomeError } from './aws-errors.ts';

/** Temporary credentials of an assumed role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** The sessions of the roles of other accounts, one per role: they are valid in every Region. */
export interface RoleSessions {
  /**
   * The session's credentials: cached ones until shortly before they expire, otherwise new ones. Concurrent calls share one AssumeRole.
   * @throws AccessDeniedError if STS refuses the role; ThrottledError; UnknownOutcomeError (aws-errors.ts). None is cached
   */
  credentials(role: Role): Promise<RoleCredentials>;
  /** The credentials that a call would use without AssumeRole. */
  cached(role: Role): Promise<RoleCredentials> | undefined;
  /** Drops credentials that were refused, unless others have replaced them. */
  forget(role: Role, used: Promise<RoleCredentials>): void;
}

/** How long before their expiry credentials are replaced: longer than any function runs with them. */
const MARGIN_MS = 5 * 60_000;

/** The errors by which STS refuses a role: its trust policy, external id or account, a disabled Region, or invalid parameters. */
const REFUSALS: ReadonlySet<string> = new Set(['RegionDisabledException', 'ValidationError']);

interface Session {
  readonly credentials: Promise<RoleCredentials>;
  /** Milliseconds since the epoch; until STS has answered, the session does not expire. */
  usableUntil: number;
}

/**
 * @param deployment the name of this deployment, which the other account sees in the name of the session
 * @param now milliseconds since the epoch
 */
export function createRoleSessions(sts: STSClient, deployment: string, now: () => number): RoleSessions {
  const sessions = new Map<string, Session>();
  const keyOf = ({ roleArn, externalId }: Role) => `${roleArn} ${externalId}`;

  function start(role: Role): Session {
    const key = keyOf(role);
    const session: Session = {
      credentials: assume(role).then(
        (credentials) => {
          session.usableUntil = credentials.expiration.getTime() - MARGIN_MS;
          return credentials;
        },
        (error: unknown) => {
          if (sessions.get(key) === session) sessions.delete(key);
          throw error;
        },
      ),
      usableUntil: Number.POSITIVE_INFINITY,
    };
    sessions.set(key, session);
    return session;
  }

  async function assume(role: Role): Promise<RoleCredentials> {
    const { roleArn, externalId, accountId, region } = role;
    const RoleSessionName = `event-trackers-${deployment}`;
    const denied = (awsError: string, awsRequestId?: string) =>
      new AccessDeniedError('AssumeRole', awsRequestId, {
        ...{ why: 'ROLE_REFUSED', accountId, region, roleArn },
        awsError,
      } as const);
    try {
      const command = new AssumeRoleCommand({ RoleArn: roleArn, ExternalId: externalId, RoleSessionName });
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = (await sts.send(command)).Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
        throw new UnknownOutcomeError('AssumeRole', 'no credentials');
      }
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      };
    } catch (error) {
      throw refused(error);
    }

    function refused(error: unknown): unknown {
      try {
        const { awsError, awsRequestId } = refusalOf('AssumeRole', error, REFUSALS);
        return denied(awsError, awsRequestId);
      } catch (translated) {
        return translated instanceof AccessDeniedError ? denied('AccessDenied', translated.awsRequestId) : translated;
      }
    }
  }

  const cached = (role: Role) => {
    const session = sessions.get(keyOf(role));
    return session !== undefined && now() < session.usableUntil ? session : undefined;
  };
  return {
    credentials: (role) => (cached(role) ?? start(role)).credentials,
    cached: (role) => cached(role)?.credentials,
    forget(role, used) {
      const key = keyOf(role);
      if (sessions.get(key)?.credentials === used) sessions.delete(key);
    },
  };
}
