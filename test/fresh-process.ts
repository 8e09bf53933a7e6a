import { afterAll, vi } from 'vitest';

/** Test files share two processes. This undoes a file's changes to its process before the next file runs. */
const before = { ...process.env };

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
