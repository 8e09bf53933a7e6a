import { afterAll, vi } from 'vitest';

/** The files of a run share two processes: what a file changes of its process is as it was when the next one begins. */
const before = { ...process.env };

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
