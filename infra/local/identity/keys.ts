import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** The issuer: an identifier, the same whatever ports a runtime has, so that tokens outlive a restart elsewhere. */
export const ISSUER = 'http://127.0.0.1:4566/_issuer';
export const AUDIENCE = 'event-trackers';
export const ALGORITHM = 'RS256';

/**
 * The issuer's private key (a JWK with its `kid`), from the folder or made there at first use: folder 0700, file 0600. Two
 * that make it at once end up with the same: the file comes into being whole, by a link that only one of them can make.
 */
export async function signingKey(folder: string): Promise<JWK> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = join(folder, 'signing-key.json');
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const text = JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: 'sig' });
    const mine = `${file}.${randomUUID()}`;
    writeFileSync(mine, text, { mode: 0o600 });
    try {
      linkSync(mine, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(mine);
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as JWK;
}

/** What the issuer shows of its key. */
export const publicPart = ({ kty, n, e, kid, alg, use }: JWK): JWK => ({ kty, n, e, kid, alg, use });
