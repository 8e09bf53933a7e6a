import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toItem } from '../../functions/store/item.ts';
import type { Bundles } from '../../infra/aws/bundle.ts';
import type { FunctionName } from '../../infra/aws/function-names.ts';
import { AUTHORIZER_EVENT, FIXTURES, SOURCES } from './api-gateway-events.ts';
import { ACTIVE, asAttributes } from './bundle-calls.ts';
import { invoke } from './invoke-bundle.ts';
import type { Synthesized } from './synthesized.ts';
import { startWireStub, type WireStub } from './wire-stub.ts';

const eventTrackerArn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1';

export function apiGatewayEvents({ full, bundles }: { full: Synthesized; bundles: Bundles }): void {
  describe('an event as AWS documents it', () => {
    let stub: WireStub;
    beforeAll(async () => {
      stub = await startWireStub();
    });
    afterAll(() => stub.close());

    const send = (name: FunctionName, event: object, isStored = false) => {
      const resource = full.resources[`${name}/Function`];
      if (resource === undefined) throw new Error(`the stack has no function ${name}`);
      const stored = asAttributes(toItem({ ...ACTIVE, eventTrackerArn }));
      stub.answer({
        'dynamodb:Query': { body: { Items: isStored ? [stored] : [] } },
        'dynamodb:GetItem': { body: isStored ? { Item: stored } : {} },
        'states:StartExecution': { body: { executionArn: 'arn:execution', startDate: 1 } },
      });
      return invoke(bundles[name].folder, resource, event, stub.url);
    };

    test.each(FIXTURES)('$name: $status', async ({ to, event, isStored, status, body }) => {
      const { result, output } = await send(to, event, isStored);
      expect(result, output).toMatchObject({ statusCode: status });
      const answer = result as { body: string; isBase64Encoded?: boolean };
      expect(answer.isBase64Encoded ?? false).toBe(false);
      if (body !== undefined) expect(JSON.parse(answer.body), output).toMatchObject(body);
      // Of the request, the log has ids only.
      expect(output).not.toMatch(/session=1|not-a-token|cookie1|value1/);
    });

    test('of a Lambda authorizer whose token is none: the request is not authorized, and the token is not logged', async () => {
      const { result, output } = await send('api-authorizer', AUTHORIZER_EVENT);
      expect(result, output).toEqual({ isAuthorized: false });
      expect(output).not.toContain('not-a-token');
    });

    test('has a documented source, and each source is used', () => {
      expect([...new Set(FIXTURES.flatMap(({ sources }) => sources))].sort()).toEqual(Object.keys(SOURCES).sort());
    });
  });
}
