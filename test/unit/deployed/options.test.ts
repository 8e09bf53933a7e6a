import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../deployed/options.ts';

const REQUIRED = ['--url', 'https://api.example.com/', '--token-command', 'print-token'];

describe('the command line of npm run test:deployed', () => {
  test('needs a URL and a command for tokens; the rest has defaults', () => {
    expect(parseOptions(REQUIRED)).toMatchObject({
      url: 'https://api.example.com',
      tokenCommand: 'print-token',
      tenantClaim: 'tenant',
      timeoutMs: 2_400_000,
      cleanUpOnly: false,
      state: expect.stringMatching(/^\/.*\/\.event-trackers-acceptance$/),
    });
  });

  test.each([
    [[], '--url is required'],
    [['--url', 'nowhere', '--token-command', 'a'], '--url is required'],
    [['--url', 'https://a'], '--token-command is required'],
    [[...REQUIRED, '--other-token-command', ''], '--other-token-command must be a command'],
    [[...REQUIRED, '--role', 'platform'], '--role must be the ARN of a role, not "platform"'],
    [[...REQUIRED, '--bus-arn', 'event-trackers'], '--bus-arn must be the ARN of an event bus, not "event-trackers"'],
    [[...REQUIRED, '--timeout', '0'], '--timeout must be a whole number of seconds from 1 to 99999, not "0"'],
    [[...REQUIRED, '--colour'], /--colour/],
  ])('%j is refused with the flag and its rule', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
