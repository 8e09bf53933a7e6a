import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Lambda passes credentials in environment variables. The rest of the SDK's credential chain (SSO, files, processes, web identity) would be
 * a quarter of each bundle and never run.
 */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onResolve, onLoad }) {
    // Resolved from the chain's folder, because it is a dependency of the chain and not of this project.
    const chain = dirname(createRequire(import.meta.url).resolve('@aws-sdk/credential-provider-node'));
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: 'environment-credentials',
    }));
    onLoad({ filter: /.*/, namespace: 'environment-credentials' }, () => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: chain,
    }));
  },
};

/**
 * Node's modules without their ES modules. When one is imported, Node reads every export of it, and one of `http` loads the whole of undici:
 * a tenth of a first request. From the object that `getBuiltinModule` returns, code reads what it uses.
 */
export const nodeModules: Plugin = {
  name: 'node-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?[a-z0-9_]+(?:\/[a-z0-9_]+)*$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'node-modules' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'node-modules' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/**
 * What the SDK imports dynamically would be a file of its own in each bundle. Node's modules are read at their place instead. Event streams and
 * `bowser` are for other services and for browsers.
 */
export const dynamicImportsOfSdk: Plugin = {
  name: 'dynamic-imports-of-sdk',
  setup({ onLoad }) {
    const IMPORTING =
      /\/(?:node-http-handler|getInstanceMetadataRegion|invoke-store|HttpProtocol|createUserAgentStringParsingProvider)\.js$/;
    onLoad({ filter: IMPORTING }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(/\bimport\(("node:[\w/]+"|'node:[\w/]+')\)/g, 'process.getBuiltinModule($1)')
        .replaceAll(/\bimport\(("[^"]+"|'[^']+')\)/g, 'Promise.reject(new Error($1))'),
    }));
  },
};

/** Prefixed to an entry, its bundle begins with the module that makes stack traces name the sources. */
export const WITH_STACK_TRACES = 'with-stack-traces:';
export const withStackTraces: Plugin = {
  name: 'with-stack-traces',
  setup({ onResolve, onLoad }) {
    const namespace = 'with-stack-traces';
    onResolve({ filter: new RegExp(`^${WITH_STACK_TRACES}`) }, ({ path }) => ({
      path: path.slice(WITH_STACK_TRACES.length),
      namespace,
    }));
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `import './functions/stack-traces.ts'; export * from './${path}';`,
      resolveDir: ROOT,
    }));
  },
};
