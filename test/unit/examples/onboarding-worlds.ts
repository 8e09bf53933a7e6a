import { afterAll, afterEach, beforeAll } from 'vitest';
import { startTable, startWorld, type World, type WorldOptions } from './onboarding-world.ts';

/** Opens a world for a test, and closes it after the test. The table is that of the file. */
export function worldsForEachTest() {
  let table: Awaited<ReturnType<typeof startTable>>;
  beforeAll(async () => {
    table = await startTable();
  });
  afterAll(() => table.dynamodb.close());
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  return async (options: WorldOptions = {}): Promise<World> => {
    const world = await startWorld(table.dynamodb, options);
    worlds.push(world);
    return world;
  };
}
let runs = 0;
/** A name that no other run of the file has. */
export const newRun = () => `run-${++runs}`;

export const creations = ({ operations }: World) => operations.filter((name) => /^Create/.test(name));
/** The dataset groups, datasets and schemas with these names. */
export function resources({ personalize }: World) {
  const list = (operation: 'ListDatasetGroups' | 'ListDatasets' | 'ListSchemas') => {
    const reply = personalize.call(operation, {});
    return reply.kind === 'output' ? Object.values(reply.output)[0] : undefined;
  };
  const named = (items: unknown) =>
    (items as { name: string; status?: string }[])
      .filter(({ name }) => !name.startsWith('acme-shop'))
      .map(({ name, status }) => `${name} ${status ?? ''}`.trim());
  return [...named(list('ListDatasetGroups')), ...named(list('ListDatasets')), ...named(list('ListSchemas'))];
}
