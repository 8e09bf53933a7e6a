import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import * as z from 'zod';

/** The issuer identifier. It does not depend on the ports, so tokens stay valid after a restart on other ports. */
export const ISSUER = 'http://127.0.0.1:4566/_issuer';
export const AUDIENCE = 'event-trackers';
export const ALGORITHM = 'RS256';

const SIGNING_KEY = 'signing-key.json';
/** The public part of a former signing key, `former-key-KID.json`. Its tokens are valid while the file exists. */
const FORMER_KEY = /^former-key-[\w-]+\.json$/;

/**
 * The private key of the issuer (a JWK with a `kid`), created in the folder at first use (folder 0700, file 0600). Concurrent
 * creators end up with the same key, because the file is created atomically with a link.
 */
export async function signingKey(folder: string): Promise<JWK> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Not if it is: a folder that is read-only now still has its key.
  if ((statSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
  const file = join(folder, SIGNING_KEY);
  if (!existsSync(file)) {
    const mine = await newKeyFile(file);
    try {
      linkSync(mine, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(mine);
    }
  }
  return readKey(file);
}

/**
 * Creates a new signing key. Tokens of the previous key stay valid until `removeFormerKeys`. Its public part is saved before it is
 * replaced, so tokens of both keys are valid at any moment.
 * @returns the IDs of the new and of the previous key
 */
export async function rotateSigningKey(folder: string): Promise<{ kid: string; former: string }> {
  const before = await signingKey(folder);
  const file = join(folder, SIGNING_KEY);
  const mine = await newKeyFile(file);
  const { kid = '' } = readKey(mine);
  const former = join(folder, `former-key-${before.kid}.json`);
  const whole = `${former}.${randomUUID()}`;
  writeFileSync(whole, JSON.stringify(publicPart(before)), { mode: 0o600 });
  renameSync(whole, former);
  renameSync(mine, file);
  return { kid, former: before.kid ?? '' };
}

/** Invalidates all tokens of former keys. @returns the IDs of these keys */
export function removeFormerKeys(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => FORMER_KEY.test(name));
  for (const file of files) rmSync(join(folder, file), { force: true });
  return files.map((file) => file.slice('former-key-'.length, -'.json'.length));
}

/** The keys for verification, the signing key first. Reloaded when the keys in the folder change. */
export function verifyingKeys(folder: string): () => JSONWebKeySet {
  let read: { readonly of: string; readonly jwks: JSONWebKeySet } | undefined;
  return () => {
    const former = readdirSync(folder).filter((name) => FORMER_KEY.test(name));
    const { ino, mtimeNs } = statSync(join(folder, SIGNING_KEY), { bigint: true });
    const of = [ino, mtimeNs, ...former].join(' ');
    if (read?.of !== of) {
      const keys = [SIGNING_KEY, ...former].map((name) => publicPart(readKey(join(folder, name))));
      // During a rotation, the signing key is briefly among the former keys as well.
      const unique = keys.filter(({ kid }, index) => keys.findIndex((other) => other.kid === kid) === index);
      read = { of, jwks: { keys: unique } };
    }
    return read.jwks;
  };
}

/** The public part of a key. */
export const publicPart = ({ kty, n, e, kid, alg, use }: JWK): JWK => ({ kty, n, e, kid, alg, use });

const KEY = z.looseObject({ kty: z.literal('RSA'), n: z.string(), e: z.string(), kid: z.string() });

/** @throws Error that names the file, if it is damaged */
function readKey(file: string): JWK {
  try {
    return KEY.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new Error(
      `${file} is damaged: it must be an RSA key as a JWK. Delete it, which invalidates the tokens of this key.`,
    );
  }
}

/** @returns the path of a temporary file beside `file`, to rename or link atomically */
async function newKeyFile(file: string): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const mine = `${file}.${randomUUID()}`;
  const text = JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: 'sig' });
  writeFileSync(mine, text, { mode: 0o600 });
  return mine;
}
