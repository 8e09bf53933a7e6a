import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { findCycles } from './import-cycles.ts';

/**
 * Checks the direction of imports: events ← tracker ← store, gateways ← workflow, sweep, requests ← infra; authorizer, requests ← api ← infra; requests ← operations ← infra. No import, not even of
 * a type, may close a cycle. Prints each violation and exits with 1. Tests may import everything. `imports.ts DIR` checks
 * another tree than this one.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  events: ['events'],
  'functions/tracker': ['functions/tracker', 'events'],
  'functions/store': ['functions/store', 'functions/tracker', 'functions/lazily.ts', 'events'],
  // The composition root for Personalize and roles of other accounts.
  'functions/gateways/composition.ts': ['functions/composition.ts', 'functions/environment.ts', 'functions/gateways'],
  'functions/gateways': ['functions/gateways', 'functions/tracker', 'events'],
  'functions/environment.ts': ['functions/tracker'],
  // Shared by the composition roots: creates the store, the gateways and their clients.
  'functions/composition.ts': ['functions/environment.ts', 'functions/store', 'functions/gateways'],
  'functions/bulk-composition.ts': ['functions/composition.ts', 'functions/environment.ts', 'functions/store'],
  'functions/log.ts': [],
  'functions/lazily.ts': [],
  // At the beginning of every bundle.
  'functions/stack-traces.ts': [],
  'functions/metrics.ts': [],
  // The Lambda authorizer, and what it passes on about a token.
  'functions/authorizer': [
    'functions/authorizer',
    'functions/tracker',
    'functions/environment.ts',
    'functions/lazily.ts',
    'functions/log.ts',
  ],
  // The use cases, independent of caller and protocol.
  'functions/requests': ['functions/requests', 'functions/store', 'functions/gateways', 'functions/tracker', 'events'],
  'functions/api': [
    'functions/api',
    'functions/authorizer',
    'functions/requests',
    'functions/store',
    'functions/gateways',
    'functions/tracker',
    'functions/bulk-composition.ts',
    'functions/composition.ts',
    'functions/environment.ts',
    'functions/log.ts',
    'events',
    'input',
  ],
  'functions/workflow': [
    'functions/workflow',
    'functions/store',
    'functions/gateways',
    'functions/tracker',
    'functions/composition.ts',
    'functions/environment.ts',
    'functions/log.ts',
    'functions/metrics.ts',
    'events',
  ],
  'functions/sweep': [
    'functions/sweep',
    // For trackers that wait for admission: they have no execution.
    'functions/workflow/governor.ts',
    'functions/workflow/heartbeats.ts',
    'functions/workflow/start-governor.ts',
    'functions/store',
    'functions/gateways',
    'functions/tracker',
    'functions/bulk-composition.ts',
    'functions/composition.ts',
    'functions/environment.ts',
    'functions/log.ts',
    'functions/metrics.ts',
    'events',
  ],
  // The runs of operations, which request retries as callers do.
  'functions/operations': [
    'functions/operations',
    'functions/requests',
    'functions/store',
    'functions/tracker',
    'functions/bulk-composition.ts',
    'functions/composition.ts',
    'functions/environment.ts',
    'functions/log.ts',
    'functions/metrics.ts',
  ],
  // A subscriber like any other: it reads the bus, not the records.
  'functions/tracking-ids': [
    'functions/tracking-ids',
    'functions/store/tracking-id-entries.ts',
    'functions/gateways',
    'functions/tracker/tracking-id-entry.ts',
    'functions/composition.ts',
    'functions/environment.ts',
    'functions/log.ts',
    'functions/metrics.ts',
    'events',
  ],
  infra: ['infra', 'functions', 'events', 'statemachine', 'examples', 'input', 'console/protocol.ts'],
  // Runs in a browser: it knows the types of the API, and what the local runtime sends it.
  console: ['console', 'client/api-types.ts'],
  // Reads files and JSON from any source.
  input: ['input'],
  client: ['client'],
  cli: ['cli', 'client', 'input'],
  // Write the generated files of client/ and events/. Not part of the package.
  // Makes the packages of the parts that they contain.
  'tools/packages': ['tools', 'infra'],
  tools: ['tools', 'events', 'functions/api', 'infra/local/wire.ts'],
  // A stack of another team, which also uses a construct.
  'examples/subscriber-stack': ['examples', 'infra/constructs'],
  // Code for others to copy, which knows only the API and the events of the service.
  examples: ['examples', 'events/index.ts', 'client/index.ts'],
};
/** Only functions/environment.ts reads the environment in functions/. Other programs may read theirs. */
const MAY_READ_ENVIRONMENT = /^(functions\/environment\.ts|infra\/|examples\/|cli\/)/;

/** The domain and the event contract are pure: they import only these packages and use no process, clock or random numbers. */
const PURE = /^(events|functions\/tracker)\//;
const PURE_MAY_IMPORT: readonly string[] = ['zod', 'zod/mini', 'node:crypto'];
const NOT_PURE =
  /\b(process|globalThis|fetch|setTimeout|setInterval)\b(?=\s*[.([])|\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)/;
/** Only entries (*.lambda.ts) and composition roots (composition.ts) create AWS clients. Gateways and the store receive them. */
const MAKES_CLIENT = /\bnew [A-Za-z]+Client\(/;

const MAY_MAKE_CLIENTS = /^(functions\/([\w-]+\/)?(composition|[\w-]+\.lambda)\.ts|infra\/|examples\/|cli\/)/;

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const within = (path: string, place: string) => path === place || path.startsWith(`${place}/`);
const problems: string[] = [];
const imports = new Map<string, string[]>();

for (const top of ['events', 'functions', 'infra', 'input', 'examples', 'client', 'cli', 'console', 'tools']) {
  if (!existsSync(join(root, top))) continue;
  for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const path = relative(root, join(entry.parentPath, entry.name));
    const place = Object.keys(MAY_IMPORT).find((candidate) => within(path, candidate));
    if (place === undefined) {
      problems.push(`${path}: is in no folder of the layout`);
      continue;
    }
    const text = readFileSync(join(root, path), 'utf8');
    const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, specifier = '']) =>
      relative(root, resolve(root, dirname(path), specifier)),
    );
    imports.set(path, targets);
    for (const target of targets) {
      if (!(MAY_IMPORT[place] ?? []).some((allowed) => within(target, allowed))) {
        problems.push(`${path}: imports ${target}, which ${place} must not`);
      }
    }
    if (PURE.test(path)) {
      for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^.'"][^'"]*)['"]/g)) {
        if (!PURE_MAY_IMPORT.includes(specifier)) problems.push(`${path}: imports ${specifier}, but must be pure`);
      }
      const impure = NOT_PURE.exec(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
      if (impure) problems.push(`${path}: uses ${impure[0]}, but must be pure`);
    }
    if (MAKES_CLIENT.test(text) && !MAY_MAKE_CLIENTS.test(path)) {
      problems.push(`${path}: creates an AWS client, which only entries and composition roots may do`);
    }
    if (/\bprocess\b\s*(\.|\[['"])env\b|process['"]\]/.test(text) && !MAY_READ_ENVIRONMENT.test(path)) {
      problems.push(`${path}: reads the environment, which only functions/environment.ts may do`);
    }
  }
}

for (const cycle of findCycles(imports)) problems.push(`import cycle: ${cycle.join(' → ')}`);

for (const problem of problems) console.error(problem);
console.log(`imports: ${imports.size} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 || imports.size === 0 ? 1 : 0;
