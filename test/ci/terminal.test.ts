import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BINARY, bareEnvironment, ROOT } from '../cli/binary.ts';
import { DEMO_GROUP, injectFault, type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';

/** The command line in tmux, as a user sees it, and run by npx from the clone. Enabled by test:ci, which installs tmux. */

const isForCi = process.env.TERMINAL_TESTS === 'tmux';

let runtime: LocalRuntime;
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-tmux-'));
// tmux passes its environment to the programs it runs. `CI` may be set here, but not in a user's terminal.
const tmux = (...args: string[]): string =>
  execFileSync('tmux', ['-u', '-S', join(folder, 'socket'), ...args], {
    encoding: 'utf8',
    env: { ...bareEnvironment(), TERM: 'xterm' },
  });
beforeAll(async () => {
  if (!isForCi) return;
  runtime = await startLocalRuntime({ timeScale: 1 });
  await injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    fault: 'throttle',
    times: 1000,
  });
});
afterAll(async () => {
  if (!isForCi) return;
  spawnSync('tmux', ['-S', join(folder, 'socket'), 'kill-server']);
  await runtime.end('SIGKILL');
});

const seen = (pattern: RegExp, session = 'it') =>
  vi.waitFor(
    () => {
      const screen = tmux('capture-pane', '-p', '-t', session);
      expect(screen).toMatch(pattern);
      return screen;
    },
    { timeout: 15_000, interval: 50 },
  );

/** Runs `create-event-tracker --wait` for a tracker that does not become ACTIVE, in its own session. */
async function start(session: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const environment = {
    ...bareEnvironment(),
    EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
    EVENT_TRACKERS_TOKEN: await tokenOf(runtime),
    ...more,
  };
  const exported = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  const command = `'${process.execPath}' '${BINARY}' create-event-tracker --name shop --dataset-group-arn ${DEMO_GROUP} --wait; echo "code $?"; exec sleep 600`;
  const script = join(folder, `${session}.sh`);
  // Ctrl-C must end only the command line; the shell then prints its exit code.
  writeFileSync(script, [...exported, 'trap : INT', command].join('\n'), { mode: 0o700 });
  tmux('new-session', '-d', '-s', session, '-x', '150', '-y', '20', 'bash', script);
}

test.runIf(isForCi)(
  '--wait shows a spinner and the elapsed time; Ctrl-C ends it with 130 and prints the command that resumes',
  async () => {
    await start('it');
    const first = await seen(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] et-\w+: CREATE PENDING \(0 s\)/);
    const later = await seen(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] et-\w+: CREATE PENDING \(2 s\)/);
    // The line is updated in place.
    for (const screen of [first, later]) expect(screen.match(/CREATE PENDING/g)).toHaveLength(1);
    tmux('send-keys', '-t', 'it', 'C-c');
    const screen = await seen(/code \d+/);
    expect(screen).toContain('code 130');
    expect(screen).toMatch(/event-trackers wait event-tracker-active --tracker-id et-\w{26}/);
  },
);

test.runIf(isForCi)('--wait on the terminal of a CI job prints plain lines', async () => {
  await start('job', { CI: 'true' });
  const screen = await seen(/^et-\w+: CREATE PENDING \(\d+ s\)/m, 'job');
  expect(screen).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  tmux('send-keys', '-t', 'job', 'C-c');
  await seen(/code 130/, 'job');
});

test.runIf(isForCi)('npx runs it from the clone with the Node of the clone', () => {
  const { stdout, status } = spawnSync('npx', ['event-trackers', '--version'], { cwd: ROOT, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^event-trackers\/\d+\.\d+\.\d+ Node\/24\./)]);
});
