import { expect, test } from 'vitest';
import { createAuthorizer } from '../../../functions/authorizer/authorize.lambda.ts';
import { tokenOf } from '../../../functions/authorizer/context.ts';
import { CONFIGURATION, Issuer } from './issuer.ts';

/** An authorizer, and what it logs. */
async function made() {
  const issuer = new Issuer();
  await issuer.addKey('key-1');
  const lines: unknown[] = [];
  const note = (...line: unknown[]) => void lines.push(line);
  const authorize = createAuthorizer(issuer.verifier(), 'custom:org', { info: note, warn: note, error: note });
  const ask = (token: string) =>
    authorize({ identitySource: [token], routeKey: 'GET /a', requestContext: { requestId: 'r1' } } as never);
  return { issuer, lines, ask };
}

test('passes on to the API the claims that it reads, as strings, and no others', async () => {
  const { issuer, lines, ask } = await made();
  const token = await issuer.token({
    'custom:org': 'acme',
    scope: 'event-trackers/read x',
    datasetGroups: ['a', 'b'],
    sub: 's',
    email: 'someone@example.com',
    exp: 9_999_999_999,
  });
  const answer = await ask(token);
  expect(answer).toEqual({
    isAuthorized: true,
    context: { claims: expect.any(String), scopes: expect.any(String), expires: '9999999999', tenant: 'acme' },
  });
  expect(tokenOf('context' in answer ? answer.context : {})).toEqual({
    claims: {
      'custom:org': 'acme',
      scope: 'event-trackers/read x',
      datasetGroups: '[a b]',
      sub: 's',
      client_id: 'client-1',
    },
    scopes: ['event-trackers/read', 'x'],
    expiresAt: 9_999_999_999_000,
  });
  expect(lines).toEqual([]);
});

test('logs why a token was refused, and nothing of it', async () => {
  const { issuer, lines, ask } = await made();
  const token = await issuer.token({ client_id: 'client-9', tenant: 'secret' });
  expect(await ask(token)).toEqual({ isAuthorized: false });
  expect(lines).toEqual([
    ['a token was refused', { correlationId: 'r1', route: 'GET /a', why: 'its client is not accepted' }],
  ]);
  for (const part of token.split('.')) expect(JSON.stringify(lines)).not.toContain(part);
});

test('fails if the issuer does not answer: that is no refusal', async () => {
  const { issuer, lines, ask } = await made();
  delete issuer.documents[CONFIGURATION];
  await expect(ask(await issuer.token())).rejects.toThrow('does not answer');
  expect(lines).toEqual([['a token could not be judged', expect.any(Error), { correlationId: 'r1', route: 'GET /a' }]]);
});

test.each([
  null,
  {},
  'x',
  { claims: '{}', scopes: '[]' },
  { claims: '{', scopes: '[]', expires: '1' },
  { claims: '{"a":1}', scopes: '[]', expires: '1' },
])('a context that the authorizer does not return is an error: %j', (context) => {
  expect(() => tokenOf(context)).toThrow();
});
