import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { featuresOf } from '../../infra/aws/api-features.ts';
import { type Bundles, bundleFunctions, LAMBDA_BUILD } from '../../infra/aws/bundle.ts';
import { environmentCredentials } from '../../infra/aws/bundle-plugins.ts';
import { parseConfig } from '../../infra/aws/config.ts';
import type { FunctionName } from '../../infra/aws/function-names.ts';
import { templateOf } from '../costs/template.ts';

/** A function's code as a child process loads it. */
export interface Variant {
  readonly file: string;
  /** Of all code in its folder, without source maps. */
  readonly bytes: number;
  readonly env: Readonly<Record<string, string>>;
}

/** esbuild's defaults for Node, minified: one CommonJS file with the SDK's whole credential chain. */
const DEFAULTS = {
  bundle: true,
  platform: 'node',
  minify: true,
  outExtension: { '.js': '.cjs' },
} as const satisfies BuildOptions;

/** An ES module, minified, with credentials of the environment only: what this service's bundles were when the goals were set. */
const ES_MODULE = {
  ...LAMBDA_BUILD,
  splitting: false,
  plugins: [environmentCredentials],
} as const satisfies BuildOptions;

/** The rivals, as bundles in subfolders of a folder. B″ is for comparison: no goal is about it. */
export async function rivals(into: string): Promise<Record<'B' | 'B′' | 'B″' | 'R', Variant>> {
  return {
    B: await bundled(join(into, 'b'), 'sdk.ts', DEFAULTS),
    'B′': await bundled(join(into, 'b-es-module'), 'sdk.ts', ES_MODULE),
    'B″': await bundled(join(into, 'b-ours'), 'sdk.ts', LAMBDA_BUILD),
    R: await bundled(join(into, 'r'), 'signed.ts', ES_MODULE),
  };
}

async function bundled(into: string, source: string, options: BuildOptions): Promise<Variant> {
  const entryPoints = [{ in: join(import.meta.dirname, 'rivals', source), out: 'index' }];
  await build({ ...options, entryPoints, outdir: into, sourcemap: false, write: true });
  const env = { TABLE_NAME: 'event-trackers', STATE_MACHINE_ARN: ARN_OF_MACHINE };
  const file = join(into, `index${options.outExtension?.['.js']}`);
  return { file, bytes: bytesIn(into), env };
}

const ARN_OF_MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';

/** Every function of a deployment without settings, with the environment that its template gives it. */
export async function deployedFunctions(into: string): Promise<Record<FunctionName, Variant>> {
  const config = parseConfig({});
  const { tenancy, accounts, audience } = config;
  const deployment = { features: featuresOf(config), tenantPattern: tenancy.pattern, accounts, audience };
  const bundles: Bundles = await bundleFunctions(into, { deployment });
  const functions = Object.values(templateOf({}).Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const propertiesOf = (name: string) =>
    functions.find(({ Properties }) => String(Properties?.FunctionName).endsWith(`-${name}`))?.Properties;
  const variants = Object.entries(bundles).map(([name, { folder }]): [string, Variant] => {
    // The default deployment has no function for interactions. It needs what the others of the API need.
    const { Environment } = propertiesOf(name) ?? propertiesOf('api-read') ?? {};
    return [name, { file: join(folder, 'index.mjs'), bytes: bytesIn(folder), env: environmentOf(Environment) }];
  });
  return Object.fromEntries(variants) as Record<FunctionName, Variant>;
}

/** The variables of a function, with names in place of what CloudFormation would fill in. */
function environmentOf(environment: unknown): Record<string, string> {
  const { Variables = {} } = (environment ?? {}) as { Variables?: Readonly<Record<string, unknown>> };
  const filled = Object.entries(Variables).map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    if (name === 'STATE_MACHINE_ARN') return [name, ARN_OF_MACHINE];
    return [name, name === 'ACCOUNT_ID' ? '123456789012' : 'event-trackers'];
  });
  return Object.fromEntries(filled);
}

const bytesIn = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => /\.[cm]?js$/.test(name))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
