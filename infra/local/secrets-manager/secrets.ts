import { randomInt, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { ACCOUNT_ID, AwsError, type Clock, REGION } from '../wire.ts';

export interface Secret {
  readonly name: string;
  readonly arn: string;
  /** In the clear. The file of the data folder is readable by its owner only. */
  readonly value?: string;
  readonly versionId?: string;
  readonly description?: string;
  readonly keyId?: string;
  readonly tags?: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];
  /** Milliseconds since the epoch, like all times. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** When the deletion was requested, and when it happens. The name is taken until then. */
  readonly deletion?: { readonly at: number; readonly until: number };
}

const secretSchema: z.ZodType<Secret> = z.object({
  name: z.string(),
  arn: z.string(),
  value: z.string().optional(),
  versionId: z.string().optional(),
  description: z.string().optional(),
  keyId: z.string().optional(),
  tags: z.array(z.object({ Key: z.string().optional(), Value: z.string().optional() })).optional(),
  createdAt: z.number(),
  changedAt: z.number(),
  deletion: z.object({ at: z.number(), until: z.number() }).optional(),
});

const DAY_MS = 86_400_000;
/** Secrets Manager accepts recovery windows of 7 to 30 days. */
const DEFAULT_WINDOW_DAYS = 30;
/** The random characters at the end of a secret's ARN. */
const SUFFIX = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];

const invalidRequest = (message: string) => new AwsError('InvalidRequestException', message);

/** Secrets, each with its current version, on disk when a path is given. */
export class Secrets {
  readonly #secrets: DurableMap<Secret>;
  readonly #clock: Clock;

  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#secrets = new DurableMap(path, secretSchema);
  }

  /** @throws AwsError ResourceExistsException; InvalidRequestException while a secret of this name is scheduled for deletion */
  create(given: Pick<Secret, 'name' | 'value' | 'description' | 'keyId' | 'tags'>): Secret {
    const known = this.find(given.name);
    if (known?.deletion !== undefined) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (known !== undefined) {
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${given.name} already exists.`,
      );
    }
    const suffix = Array.from({ length: 6 }, () => SUFFIX[randomInt(SUFFIX.length)]).join('');
    const now = this.#clock();
    return this.#set({
      ...given,
      arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${given.name}-${suffix}`,
      ...(given.value !== undefined && { versionId: randomUUID() }),
      createdAt: now,
      changedAt: now,
    });
  }

  /** @param nameOrArn an ARN may lack its random end */
  find(nameOrArn: string): Secret | undefined {
    const named = this.#secrets.get(nameOrArn);
    const secret =
      named ?? this.all().find(({ arn }) => arn === nameOrArn || arn.slice(0, -SUFFIX_LENGTH) === nameOrArn);
    if (secret?.deletion === undefined || secret.deletion.until > this.#clock()) return secret;
    this.#secrets.delete(secret.name);
    return undefined;
  }

  /** @throws AwsError ResourceNotFoundException */
  get(nameOrArn: string): Secret {
    const secret = this.find(nameOrArn);
    if (secret !== undefined) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  /** @throws AwsError ResourceNotFoundException, InvalidRequestException while it is scheduled for deletion */
  getUsable(nameOrArn: string): Secret {
    const secret = this.get(nameOrArn);
    if (secret.deletion === undefined) return secret;
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  }

  put(nameOrArn: string, value: string): Secret {
    const secret = this.getUsable(nameOrArn);
    return this.#set({ ...secret, value, versionId: randomUUID(), changedAt: this.#clock() });
  }

  /** @param days the recovery window; 0 deletes the secret immediately */
  delete(
    nameOrArn: string,
    days = DEFAULT_WINDOW_DAYS,
  ): Secret & { readonly deletion: NonNullable<Secret['deletion']> } {
    const secret = this.get(nameOrArn);
    if (secret.deletion !== undefined && days > 0) {
      throw invalidRequest(
        "You can't perform this operation on the secret because it was already scheduled for deletion.",
      );
    }
    const at = this.#clock();
    const deleted = { ...secret, deletion: { at, until: at + days * DAY_MS } };
    if (days === 0) this.#secrets.delete(secret.name);
    else this.#set(deleted);
    return deleted;
  }

  restore(nameOrArn: string): Secret {
    const { deletion: _, ...secret } = this.get(nameOrArn);
    return this.#set(secret);
  }

  all(): Secret[] {
    return [...this.#secrets.values()];
  }

  close(): void {
    this.#secrets.close();
  }

  #set(secret: Secret): Secret {
    this.#secrets.set(secret.name, secret);
    return secret;
  }
}

/** A hyphen and the random characters. */
const SUFFIX_LENGTH = 7;
