import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Lambda passes credentials in environment variables, which do not change. The rest of the SDK's credential chain (SSO, files, processes,
 * web identity) would be a quarter of each bundle and never run. The SDK asks for them several times per call, and reading the environment
 * is slow, so they are read once.
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
      contents: `
        import { fromEnv } from '@aws-sdk/credential-provider-env';
        import { memoize } from '@smithy/core/config';
        export const defaultProvider = (init) => memoize(fromEnv(init));`,
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
    onResolve({ filter: /^(?:node:)?[a-z0-9_]+(?:\/[a-z0-9_]+)*$/ }, ({ path, kind }) =>
      isBuiltin(path)
        ? {
            path: path.replace(/^node:/, ''),
            namespace: 'node-modules',
            sideEffects: false,
            suffix: kind === 'require-call' ? '?required' : '',
          }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'node-modules' }, ({ path, suffix }) => {
      const found = `process.getBuiltinModule('node:${path}')`;
      if (suffix !== '') return { contents: `module.exports = ${found};` };
      const names = Object.keys(process.getBuiltinModule(`node:${path}`) ?? {}).filter(
        (name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default',
      );
      return {
        contents: [
          `const found = ${found};`,
          'export default found;',
          // What is not used is removed.
          ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => found.${name})();`),
        ].join('\n'),
      };
    });
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

/**
 * Lambda has no configuration files. The SDK looks for them at the first request: several reads of the disk for each of its settings.
 */
export const noConfigurationFiles: Plugin = {
  name: 'no-configuration-files',
  setup({ onLoad }) {
    onLoad({ filter: /\/node-config-provider\/fromSharedConfigFiles\.js$/ }, () => ({
      contents: `
        import { CredentialsProviderError } from '../property-provider/CredentialsProviderError';
        export const fromSharedConfigFiles = () => async () => {
          throw new CredentialsProviderError('There are no configuration files.', {});
        };`,
    }));
  },
};

/**
 * The SDK's own log of its calls. Nobody reads it, but for each call the SDK copies the input and the output, without what is secret, to hand
 * them to a logger that does nothing.
 */
export const noLogOfSdk: Plugin = {
  name: 'no-log-of-sdk',
  setup({ onLoad }) {
    onLoad({ filter: /\/middleware-logger\/loggerMiddleware\.js$|\/loggerMiddleware\.js$/ }, () => ({
      contents: `
        export const loggerMiddleware = undefined;
        export const loggerMiddlewareOptions = undefined;
        export const getLoggerPlugin = () => ({ applyToStack() {} });`,
    }));
  },
};

/**
 * A copy of `zod`'s files of its own, apart from those of `zod/mini`. Otherwise what code on demand needs of `zod` would be loaded at the
 * start, because esbuild decides by file which one shares it. Schemas of the two fit together: they compare by names, not by identity.
 */
export const zodApart: Plugin = {
  name: 'zod-apart',
  setup({ onResolve, onLoad }) {
    const APART = '?apart';
    const apart = (path: string) => ({ path, suffix: APART, sideEffects: false });
    onResolve({ filter: /^zod$/ }, () => apart(join(ROOT, 'node_modules/zod/index.js')));
    onLoad({ filter: /\/node_modules\/zod\/.*\.js$/ }, ({ path, suffix }) =>
      suffix === APART
        ? { contents: readFileSync(path, 'utf8'), resolveDir: dirname(path), pluginData: APART }
        : undefined,
    );
    onResolve({ filter: /^\./ }, ({ path, resolveDir, pluginData }) =>
      pluginData === APART ? apart(join(resolveDir, path)) : undefined,
    );
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
