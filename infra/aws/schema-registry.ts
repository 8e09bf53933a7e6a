import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CfnOutput } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import type { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import { deployedName } from './functions.ts';

/** One file for each event type, named like its schema; `npm run schemas` generates them from the contract. */
const SCHEMAS = resolve(import.meta.dirname, '../../events/registry');

/** A registry with the schemas of the events, so that subscribers can download code bindings. A changed schema becomes a new version. */
export function createSchemaRegistry(scope: Construct, config: StackConfig): void {
  if (!config.schemaRegistry) return;
  const registry = new CfnRegistry(scope, 'SchemaRegistry', {
    registryName: deployedName(config, 'events'),
    description: 'The events about event trackers, on the bus of the deployment',
  });
  for (const file of readdirSync(SCHEMAS).toSorted()) {
    const schemaName = basename(file, '.json');
    const schema: { title: string } = JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8'));
    new CfnSchema(scope, `${schema.title}Schema`, {
      registryName: registry.attrRegistryName,
      schemaName,
      type: 'JSONSchemaDraft4',
      content: JSON.stringify(schema),
      description: 'A whole event, as a target of a rule receives it',
    });
  }
  new CfnOutput(scope, 'SchemaRegistryName', {
    value: registry.attrRegistryName,
    description: 'The EventBridge schema registry with the schemas of the events',
  });
}
