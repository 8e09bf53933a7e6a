import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { injectFault } from '../e2e/local-runtime.ts';
import { BINARY, bareEnvironment, eventTrackers, jsonOf } from './binary.ts';
import { type Service, startService } from './service.ts';

/** Waiting in a pipe and on a terminal, ended by Ctrl-C, SIGTERM, --timeout or a failure. */

let service: Service;
let environment: Service['environment'];
beforeAll(async () => {
  service = await startService();
  environment = service.environment;
});
afterAll(() => service.end());

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be in a pipe
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
const createOf = (group: string) => ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group];

/** Creates a dataset group on which CreateEventTracker has a fault. @returns its ARN */
async function faultyGroup(name: string, fault: object): Promise<string> {
  const group = await service.groups.make(name);
  await injectFault(service.runtime, 'personalize', {
    operation: 'CreateEventTracker',
    datasetGroupArn: group,
    ...fault,
  });
  return group;
}
/** Creates a dataset group whose tracker stays in progress. @returns its ARN */
const slowGroup = (name: string) => faultyGroup(name, { fault: 'throttle', times: 1000 });

test.concurrent('--wait in a pipe: plain lines on stderr, data on stdout, no control characters in either', async () => {
  const group = await service.groups.make('acme-piped');
  const { code, stdout, stderr } = await eventTrackers([...createOf(group), '--wait'], {
    environment: { ...environment, FORCE_COLOR: '1' },
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });
  expect(stderr).toMatch(
    /^et-\w{26}: CREATE PENDING \(0 s\)\n(et-\w{26}: CREATE IN_PROGRESS \(\d+ s\)\n)?et-\w{26}: ACTIVE \(\d+ s\)\n$/,
  );
  expect(stdout + stderr).not.toMatch(CONTROL);
  expect(stderr).not.toContain(JSON.parse(stdout).trackingId);
});

test.concurrent('wait event-tracker-active and -deleted print nothing on stdout and exit with 255 on another outcome', async () => {
  const group = await service.groups.make('acme-awaited');
  const { trackerId } = jsonOf(await service.run(createOf(group)));
  const wait = (name: string) => service.run(['wait', name, '--tracker-id', trackerId]);
  expect(await wait('event-tracker-active')).toMatchObject({ code: 0, stdout: '' });
  expect(jsonOf(await service.run(['delete-event-tracker', '--tracker-id', trackerId]))).toEqual({
    trackerId,
    status: 'DELETE PENDING',
  });
  expect(await wait('event-tracker-deleted')).toMatchObject({ code: 0, stdout: '' });
  const { code, stdout, stderr } = await wait('event-tracker-active');
  expect([code, stdout, stderr]).toEqual([
    255,
    '',
    expect.stringMatching(/Waiter failed: .*not ACTIVE: it is DELETED\n$/),
  ]);
});

test.concurrent('Ctrl-C and SIGTERM end a wait with 130 and 143, leave the request running, and print the command that resumes', async () => {
  const ends = await Promise.all(
    (['SIGINT', 'SIGTERM'] as const).map(async (signal) => {
      const group = await slowGroup(`acme-${signal.toLowerCase()}`);
      let isSent = false;
      const ended = await eventTrackers([...createOf(group), '--wait'], {
        environment,
        onStderr: (text, kill) => {
          // A second signal would end it without a message.
          if (!isSent && text.includes('CREATE PENDING')) kill(signal);
          isSent ||= text.includes('CREATE PENDING');
        },
      });
      const { eventTracker } = jsonOf(await service.run(['describe-event-tracker', '--dataset-group-arn', group]));
      expect(eventTracker.status).toBe('CREATE PENDING');
      expect(ended.stderr).toMatch(
        new RegExp(
          `The service continues with the request.*\\n  event-trackers wait event-tracker-active --tracker-id ${eventTracker.trackerId}\\n$`,
        ),
      );
      return [ended.code, ended.stdout];
    }),
  );
  expect(ends).toEqual([
    [130, ''],
    [143, ''],
  ]);
});

test.concurrent('--timeout ends the wait with 255, prints nothing on stdout, and prints the command that resumes on stderr', async () => {
  const group = await slowGroup('acme-late');
  const query = ['--query', 'trackingId', '--output', 'text'];
  const { code, stdout, stderr } = await service.run([...createOf(group), '--wait', '--timeout', '1', ...query]);
  // Like the AWS CLI: a script that reads trackingId must not get the text None.
  expect([code, stdout]).toEqual([255, '']);
  expect(stderr).toContain('Waiter failed: Max wait time exceeded: After 1 s');
  const trackerId = /--tracker-id (et-\S+)/.exec(stderr)?.[1] ?? '';
  expect(stderr).toContain('The service continues with the request. To wait for it again:');
  expect(stderr).toContain(`event-trackers wait event-tracker-active --tracker-id ${trackerId}`);
  // No deletion was requested, so no request continues.
  const deletion = await service.run(['wait', 'event-tracker-deleted', '--tracker-id', trackerId, '--timeout', '1']);
  expect([deletion.code, deletion.stdout]).toEqual([255, '']);
  expect(deletion.stderr).not.toContain('The service continues');
  expect(deletion.stderr).toContain(
    `To wait for it again:\n  event-trackers wait event-tracker-deleted --tracker-id ${trackerId}`,
  );
});

// `script` is part of util-linux. test:ci also tests with tmux (test/ci/terminal.test.ts).
const onTerminals = test.runIf(existsSync('/usr/bin/script'));

/** Runs the binary on a pseudo-terminal of `script`. Types the keys once the output matches. */
async function onTerminal(
  args: readonly string[],
  {
    type,
    more = {},
    columns = 120,
  }: { type?: { after: RegExp; text: string }; more?: Record<string, string>; columns?: number } = {},
) {
  const quoted = [process.execPath, BINARY, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qefc', `stty cols ${columns}; exec ${quoted}`, '/dev/null'], {
    env: { ...bareEnvironment(), ...environment, TERM: 'xterm', ...more },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let isTyped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (type?.after.test(screen) && !isTyped) {
      isTyped = true;
      child.stdin.write(type.text);
    }
  });
  const [code] = await once(child, 'close');
  return { code, screen };
}

onTerminals(
  'on a terminal, --wait shows a spinner with the elapsed time; Ctrl-C exits with 130 and shows the cursor again',
  async () => {
    const unsized = { columns: 0 };
    // Long enough for the spinner to turn even on a loaded machine.
    const shown = await faultyGroup('acme-terminal', { fault: 'delay', delayMs: 3000 });
    const [ready, interrupted, withoutWidth] = await Promise.all([
      onTerminal([...createOf(shown), '--wait', '--no-cli-pager']),
      onTerminal([...createOf(await slowGroup('acme-ctrl-c')), '--wait'], {
        type: { after: /CREATE PENDING/, text: '\u0003' },
      }),
      onTerminal([...createOf(await service.groups.make('acme-unsized')), '--wait', '--no-cli-pager'], unsized),
    ]);
    expect(ready.code).toBe(0);
    // A terminal without a width gets plain lines, because ora would clear lines endlessly.
    expect(withoutWidth.code).toBe(0);
    expect(withoutWidth.screen).not.toMatch(/[⠋⠙⠹⠸]/);
    expect(withoutWidth.screen).not.toContain('\u001b');
    expect(ready.screen).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏].*CREATE PENDING \(\d+ s\)/);
    expect(ready.screen).toContain('"status": "ACTIVE"');
    expect(interrupted.code).toBe(130);
    expect(interrupted.screen).toContain('The service continues with the request');
    for (const { screen } of [ready, interrupted]) {
      // The cursor was hidden and is visible at the end.
      expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
    }
  },
);

onTerminals(
  'on a terminal, output goes through the pager unless --no-cli-pager, and a table is colored unless --color off',
  async () => {
    const list = ['list-event-trackers', '--output', 'table', '--max-items', '1'];
    const more = { AWS_PAGER: "sed 's/^/paged: /'" };
    const [paged, plain, colored, uncolored] = await Promise.all([
      onTerminal(list, { more }),
      onTerminal([...list, '--no-cli-pager'], { more }),
      onTerminal(list, { more: { AWS_PAGER: '' } }),
      onTerminal([...list, '--color', 'off'], { more: { AWS_PAGER: 'no-such-pager 2>/dev/null' } }),
    ]);
    expect(paged.screen).toMatch(/^paged: -+/);
    expect(plain.screen).not.toContain('paged');
    expect(colored.screen).toContain('\u001b[34m');
    expect(uncolored.screen).toMatch(/^-+\r\n/);
    expect(uncolored.screen).not.toContain('\u001b[34m');
  },
);

onTerminals('Ctrl-C in the pager goes to the pager; the command exits after it', async () => {
  const pager = `trap 'echo interrupted' INT; echo 'paging'; read -r _ </dev/tty; echo 'pager is done'`;
  const { code, screen } = await onTerminal(['create-event-tracker', 'help'], {
    type: { after: /paging/, text: '\u0003\n' },
    more: { AWS_PAGER: pager },
  });
  expect([code, screen]).toEqual([0, expect.stringMatching(/interrupted[\s\S]*pager is done/)]);
});

test.concurrent('a write error, as on a full disk, exits with 255 and one line', async () => {
  const child = spawn('bash', ['-c', `'${process.execPath}' '${BINARY}' help > /dev/full`], {
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect([code, stderr]).toEqual([255, '\nUnable to write the output: ENOSPC\n']);
});

test.concurrent('closing the read end of stdout is not an error: exit code 0', async () => {
  const command = `'${process.execPath}' '${BINARY}' list-event-trackers --output text; echo "code $?" >&2`;
  const child = spawn('bash', ['-c', `{ ${command}; } | true`], {
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  expect(stderr).toBe('code 0\n');
});
