import { describe, expect, test } from 'vitest';
import { idempotencyKeyOf } from '../../../functions/api/idempotency-key.ts';
import type { KeyedRequest } from '../../../functions/requests/remember-key.ts';
import { rememberKey } from '../../../functions/requests/remember-key.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { MemoryKeys } from './memory-keys.ts';

const eventOf = (key?: string) => ({ headers: { ...(key !== undefined && { 'idempotency-key': key }) } });

describe('the header', () => {
  test.each([
    [undefined, undefined],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e"', '8e03978e'],
    [' "a, b" ', 'a, b'],
    ['"a \\"b\\" \\\\c"', 'a "b" \\c'],
    ['order 7/line "3"', 'order 7/line "3"'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%s is the key %s', (header, key) => {
    expect(idempotencyKeyOf(eventOf(header))).toBe(key);
  });

  test.each([
    ['', 'must not be empty'],
    ['""', 'must not be empty'],
    ['  ', 'must not be empty'],
    ['x'.repeat(256), 'must be at most 255 characters long'],
    [`"${'x'.repeat(256)}"`, 'must be at most 255 characters long'],
    ['schlüssel', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
    ['a\tb', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
    ['a,b', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
    ['"a","b"', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
    ['"a', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
    ['"a"; b=1', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
  ])('%j is refused: %s', (header, rule) => {
    let refused: unknown;
    try {
      idempotencyKeyOf(eventOf(header));
    } catch (error) {
      refused = error instanceof RequestRejected ? error.refused : error;
    }
    expect(refused).toEqual({ reason: 'INVALID_REQUEST', errors: [{ field: 'Idempotency-Key', rule }] });
  });
});

describe('an Idempotency-Key', () => {
  const request = { key: 'k', tenantId: 'acme', trackerId: 'et-1', request: ['Create', { name: 'a' }] as const };
  const dependencies = () => ({ idempotency: new MemoryKeys(), now: () => 0 });
  const firstUse = (generation: number) => async () => ({ generation, contextRevision: 0 });

  test('returns the generation of its first use, even if the record has a newer one', async () => {
    const context = dependencies();
    const first = await rememberKey(context, request, firstUse(3));
    const again = await rememberKey(context, request, firstUse(9));
    expect(first).toMatchObject({ generation: 3, isReplay: false });
    expect(again).toEqual({ ...first, isReplay: true });
  });

  test('belongs to one tenant, one path and one body', async () => {
    const context = dependencies();
    await rememberKey(context, request, firstUse(1));
    const others: Partial<KeyedRequest>[] = [
      { trackerId: 'et-2' },
      { request: ['Retry', { name: 'a' }] },
      { request: ['Create', { name: 'b' }] },
    ];
    for (const other of others) {
      await expect(rememberKey(context, { ...request, ...other }, firstUse(1))).rejects.toMatchObject({
        refused: { reason: 'IDEMPOTENCY_KEY_REUSED' },
      });
    }
    expect(await rememberKey(context, { ...request, tenantId: 'umbrella' }, firstUse(1))).toMatchObject({
      isReplay: false,
    });
  });

  test('is not stored if the request is refused: the client may reuse it', async () => {
    const context = dependencies();
    const refused = rememberKey(context, request, async () => {
      throw new RequestRejected({ reason: 'NO_ROOM' });
    });
    await expect(refused).rejects.toMatchObject({ refused: { reason: 'NO_ROOM' } });
    expect(context.idempotency.uses.size).toBe(0);
  });

  test('is a repetition if the request is rejected only because a concurrent one with the key was accepted', async () => {
    const context = dependencies();
    const again = await rememberKey(context, request, async () => {
      await rememberKey(context, request, firstUse(2));
      throw new RequestRejected({ reason: 'PRECONDITION_FAILED' });
    });
    expect(again).toMatchObject({ generation: 2, isReplay: true });
  });

  test('is not stored in plain text, neither in its item nor in the record', async () => {
    const context = dependencies();
    const { key } = await rememberKey(context, { ...request, key: 'secret' }, firstUse(1));
    expect(JSON.stringify([key, ...context.idempotency.uses])).not.toContain('secret');
  });
});
