import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The counts that .ci/run ends with are read from the file.
    reporters: [
      'default',
      ['json', { outputFile: process.env.VITEST_RESULTS || 'node_modules/.cache/vitest-results.json' }],
    ],
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts', 'test/bundled-runtime.ts'],
    // A process for each of 150 files, and the imports of each, were a fifth of the whole run's CPU. So a module that tests share
    // keeps nothing of a file: its folders and servers are made when they are asked for.
    isolate: false,
    setupFiles: ['test/fresh-process.ts'],
    // Each e2e file starts runtimes: what they import is compiled once.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node-compile') },
    // They end a test that hangs; how long one takes says nothing, as the machine may be loaded.
    testTimeout: 120_000,
    // A condition that is waited for: the one second that is the default is too short for a loaded machine.
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 600_000,
    // One more than CI's two cores, because half of the files wait for a runtime in a process of its own.
    maxWorkers: 3,
    fileParallelism: true,
  },
});
