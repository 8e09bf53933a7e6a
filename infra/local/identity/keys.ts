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

/** The issuer: an identifier, the same whatever ports a runtime has, so that tokens outlive a restart elsewhere. */
export const ISSUER = 'http://127.0.0.1:4566/_issuer';
export const AUDIENCE = 'event-trackers';
export const ALGORITHM = 'RS256';

const SIGNING_KEY = 'signing-key.json';
/** The public part of a key that signed once, `former-key-KID.json`: what it signed is valid while the file is there. */
const FORMER_KEY = /^former-key-[\w-]+\.json$/;

/**
 * The issuer's private key (a JWK with its `kid`), from the folder or made there at first use: folder 0700, file 0600. Two
 * that make it at once end up with the same: the file comes into being whole, by a link that only one of them can make.
 */
export async function signingKey(folder: string): Promise<JWK> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
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
 * Makes a new key that signs from now on. The one before goes on to verify until `removeFormerKeys`: its public part is kept,
 * before it is replaced, so that at no moment a token of either is refused.
 * @returns the ids of the new key and of the one before
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

/** Ends what former keys have signed. @returns their ids */
export function removeFormerKeys(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => FORMER_KEY.test(name));
  for (const file of files) rmSync(join(folder, file), { force: true });
  return files.map((file) => file.slice('former-key-'.length, -'.json'.length));
}

/** The keys that verify, the one that signs first; read again whenever the folder's keys are others. */
export function verifyingKeys(folder: string): () => JSONWebKeySet {
  let read: { readonly of: string; readonly jwks: JSONWebKeySet } | undefined;
  return () => {
    const former = readdirSync(folder).filter((name) => FORMER_KEY.test(name));
    const { ino, mtimeNs } = statSync(join(folder, SIGNING_KEY), { bigint: true });
    const of = [ino, mtimeNs, ...former].join(' ');
    if (read?.of !== of) {
      const keys = [SIGNING_KEY, ...former].map((name) => publicPart(readKey(join(folder, name))));
      // For a moment of a rotation the key that signs is among the former ones as well.
      const unique = keys.filter(({ kid }, index) => keys.findIndex((other) => other.kid === kid) === index);
      read = { of, jwks: { keys: unique } };
    }
    return read.jwks;
  };
}

/** What the issuer shows of its key. */
export const publicPart = ({ kty, n, e, kid, alg, use }: JWK): JWK => ({ kty, n, e, kid, alg, use });

const readKey = (file: string): JWK => JSON.parse(readFileSync(file, 'utf8')) as JWK;

/** @returns a file beside `file`, to be put in its place whole */
async function newKeyFile(file: string): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const mine = `${file}.${randomUUID()}`;
  const text = JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: 'sig' });
  writeFileSync(mine, text, { mode: 0o600 });
  return mine;
}
