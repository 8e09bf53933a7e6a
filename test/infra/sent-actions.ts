import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundles } from '../../infra/aws/bundle.ts';
import { FUNCTION_NAMES } from '../../infra/aws/function-names.ts';
import { ALSO_CALLED, methodsOf, sentByMethod } from './gateway-calls.ts';
import { grantsOf } from './policies.ts';
import type { Synthesized } from './synthesized.ts';
import { startWireStub, type WireStub } from './wire-stub.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export function sentActions({ full, readable }: { full: Synthesized; readable: Bundles }): void {
  describe('each function may call exactly the actions that it calls', () => {
    let stub: WireStub;
    let sent: Record<string, Set<string>>;
    beforeAll(async () => {
      stub = await startWireStub();
      const calls = Object.entries(await sentByMethod(stub));
      sent = Object.fromEntries(
        calls.map(([method, sentCalls]) => [method, new Set(sentCalls.map(({ action }) => action))]),
      );
    });
    afterAll(() => stub.close());

    test.each(FUNCTION_NAMES)('%s', (name) => {
      const called = new Set<string>();
      for (const method of methodsOf(readable, name)) {
        expect(sent, `the actions of ${method} are unknown: add it to calls()`).toHaveProperty([method]);
        for (const action of sent[method] ?? []) {
          called.add(action);
          const also = ALSO_CALLED[action];
          if (also !== undefined) called.add(also);
          // In the account and Region of the record.
          if (action.startsWith('personalize:'))
            for (const each of sent['sessions.credentials'] ?? []) called.add(each);
        }
      }
      const granted = (grantsOf(full)[`${name}/Role`] ?? [])
        .map((row) => row.split(' ')[0] ?? '')
        // Lambda itself sends failures to the dead-letter queue.
        .filter((action) => !/^(logs|xray|kms|sqs):/.test(action));
      expect([...new Set(granted)].sort()).toEqual([...called].sort());
    });

    test('every command of the gateways and stores is covered', () => {
      const written = ['gateways', 'store'].flatMap((folder) =>
        readdirSync(join(ROOT, 'functions', folder)).flatMap((file) =>
          [...readFileSync(join(ROOT, 'functions', folder, file), 'utf8').matchAll(/\bnew (\w+)Command\(/g)].map(
            ([, command]) => command ?? '',
          ),
        ),
      );
      // The operation names of the document client's commands.
      const wire: Record<string, string> = {
        Get: 'GetItem',
        Put: 'PutItem',
        Update: 'UpdateItem',
        BatchGet: 'BatchGetItem',
      };
      const operations = new Set(written.map((command) => wire[command] ?? command));
      const recorded = new Set(Object.values(sent).flatMap((each) => [...each].map((action) => action.split(':')[1])));
      expect([...recorded].sort()).toEqual([...operations].sort());
    });

    test('only gateways and stores send commands', () => {
      const sources = ['api', 'workflow', 'sweep', 'operations', 'tracker'].flatMap((folder) =>
        readdirSync(join(ROOT, 'functions', folder)).map((file) => join(ROOT, 'functions', folder, file)),
      );
      for (const path of sources) expect(readFileSync(path, 'utf8'), path).not.toMatch(/\bnew \w+Command\(/);
    });
  });
}
