import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../../functions/api/openapi.ts';
import { documentOfClient } from '../../tools/client/document.ts';

const TOOLS = [
  '@redocly/cli@2.77.0',
  '@stoplight/spectral-cli@6.16.3',
  '@hey-api/openapi-ts@0.99.0',
  'swagger-typescript-api@13.13.0',
  // The generators do not run with TypeScript 7.
  'typescript@5.9.3',
];

/** Runs a program in the repository's root. @returns whether it succeeded */
type Run = (command: string, args: readonly string[]) => boolean;

/**
 * Checks the OpenAPI documents of a deployment with every feature and of one without, with third-party linters and generators.
 * @param folder where the tools and their output go, in a new subfolder
 */
export function openApiChecks(folder: string, run: Run): [name: string, ok: boolean][] {
  const place = join(folder, 'openapi');
  mkdirSync(place);
  if (
    !run('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--prefix', place, ...TOOLS])
  )
    return [['installing the tools for the OpenAPI document', false]];
  const documents = { full: documentOfClient(), plain: plainDocument() };
  const fileOf = (name: string) => join(place, `${name}.json`);
  const lints = Object.entries(documents).flatMap(([name, document]): [string, boolean][] => {
    writeFileSync(fileOf(name), JSON.stringify(document));
    return [
      [`Redocly on the ${name} OpenAPI document`, run(tool(place, 'redocly'), ['lint', fileOf(name)])],
      [`Spectral on the ${name} OpenAPI document`, spectral(place, fileOf(name))],
    ];
  });
  return [...lints, ...python(run, Object.keys(documents).map(fileOf)), ...generators(place, fileOf('full'), run)];
}

const plainDocument = () =>
  openApiDocument(
    { partition: 'aws-cn', region: 'cn-north-1', accountId: '210987654321' },
    { events: false, callbacks: false, destroyAdopted: false, platformRoles: false, preferWaitSeconds: 0 },
  );

const tool = (place: string, name: string): string => join(place, 'node_modules/.bin', name);

/**
 * The only finding of Spectral that is ignored. Spectral allows scopes only with OAuth 2.0, but OpenAPI 3.1 allows them with every
 * scheme. Any other finding, even a warning, is a failure.
 */
const KNOWN = 'oas3-operation-security-defined';

function spectral(place: string, file: string): boolean {
  const ruleset = join(place, 'spectral.json');
  writeFileSync(ruleset, JSON.stringify({ extends: ['spectral:oas'] }));
  const args = ['lint', file, '--ruleset', ruleset, '--format', 'json', '--quiet'];
  const { status, stdout, stderr } = spawnSync(tool(place, 'spectral'), args, { encoding: 'utf8', cwd: place });
  if (status === null || status > 1 || !stdout.trim().startsWith('[')) {
    console.error(stderr || stdout);
    return false;
  }
  const findings = JSON.parse(stdout) as { code: string; message: string; path: string[] }[];
  const faults = findings.filter(({ code }) => code !== KNOWN);
  for (const { code, message, path } of faults) console.error(`${code}: ${message} (${path.join('.')})`);
  return faults.length === 0;
}

/** Runs a Python validator, which npm cannot install. */
function python(run: Run, files: readonly string[]): [string, boolean][] {
  if (spawnSync('python3', ['-c', 'import openapi_spec_validator']).status !== 0) {
    console.log('openapi-spec-validator is not installed (pip install openapi-spec-validator): left out');
    return [];
  }
  return [['openapi-spec-validator', run('python3', ['-m', 'openapi_spec_validator', ...files])]];
}

/** A program that uses both generated clients, so that the check covers their names and types. */
const PROGRAM = `
import { createEventTracker, describeEventTracker } from './hey-api/index.js';
import { Api } from './swagger-typescript-api/api.js';

const request = { name: 'shop', datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop' };
const { data, error } = await createEventTracker({ body: { ...request, tags: [] }, auth: 'token' });
if (error && 'reason' in error && error.reason === 'NAME_CONFLICT') console.log(error.existing?.href);
if (data && 'trackerId' in data) {
  const { data: read } = await describeEventTracker({ path: { trackerId: data.trackerId } });
  if (read?.status === 'ACTIVE') console.log(read.trackingId);
  // @ts-expect-error: unknown status
  if (read?.status === 'GONE') console.log(read);
}
const api = new Api({ baseUrl: 'http://127.0.0.1:8787' });
const created = await api.eventTrackers.createEventTracker({ ...request, tags: [{ tagKey: 'team', tagValue: 'web' }] });
console.log(created.data);
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    noEmit: true,
  },
  include: ['program.ts', 'hey-api', 'swagger-typescript-api'],
};

/** Generates clients with two generators and compiles them strictly with the program. The project itself uses openapi-typescript. */
function generators(place: string, file: string, run: Run): [string, boolean][] {
  writeFileSync(join(place, 'program.ts'), PROGRAM);
  writeFileSync(join(place, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const heyApi = ['--input', file, '--output', join(place, 'hey-api'), '--client', '@hey-api/client-fetch'];
  const swagger = ['generate', '--path', file, '--output', join(place, 'swagger-typescript-api'), '--name', 'api.ts'];
  return [
    ['generating a client with @hey-api/openapi-ts', run(tool(place, 'openapi-ts'), heyApi)],
    ['generating a client with swagger-typescript-api', run(tool(place, 'swagger-typescript-api'), swagger)],
    ['compiling the generated clients', run(tool(place, 'tsc'), ['--project', place])],
  ];
}
