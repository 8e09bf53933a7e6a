import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../infra/command-line.ts';
import { parseOptions } from '../../../infra/local/options.ts';

const ALL_ON = { events: true, callbacks: true, destroyAdopted: true, platformRoles: true, preferWaitSeconds: 25 };

describe('parseOptions', () => {
  it('has defaults', () => {
    expect(parseOptions([], {})).toEqual({
      help: false,
      port: 8787,
      awsPort: 4566,
      data: resolve(import.meta.dirname, '../../../.event-trackers'),
      fresh: false,
      examples: false,
      timeScale: 1,
      deployment: 'local',
      authorizer: 'JWT',
      targets: [],
      trackingIds: [],
      features: ALL_ON,
    });
  });

  it('reads the environment, prefers flags, and ignores empty variables', () => {
    const environment = {
      EVENT_TRACKERS_PORT: '1',
      EVENT_TRACKERS_AWS_PORT: '2',
      EVENT_TRACKERS_DATA: '/tmp/data',
      EVENT_TRACKERS_TIME_SCALE: '0.5',
    };
    expect(parseOptions([], environment)).toMatchObject({ port: 1, awsPort: 2, data: '/tmp/data', timeScale: 0.5 });
    const flags = ['--port', '0', '--aws-port=65535', '--data', '/tmp/other', '--time-scale', '0.01', '--fresh'];
    flags.push('--deployment', 'dev', '--personalize-url', 'http://127.0.0.1:4566');
    expect(parseOptions(flags, environment)).toEqual({
      help: false,
      port: 0,
      awsPort: 65_535,
      data: '/tmp/other',
      fresh: true,
      examples: false,
      timeScale: 0.01,
      deployment: 'dev',
      personalizeUrl: 'http://127.0.0.1:4566',
      authorizer: 'JWT',
      targets: [],
      trackingIds: [],
      features: ALL_ON,
    });
    expect(parseOptions([], { EVENT_TRACKERS_PORT: '', EVENT_TRACKERS_DATA: '' })).toEqual(parseOptions([], {}));
  });

  it('chooses who checks tokens', () => {
    const environment = { EVENT_TRACKERS_AUTHORIZER: 'FUNCTION' };
    expect(parseOptions([], environment).authorizer).toBe('FUNCTION');
    expect(parseOptions(['--authorizer', 'JWT'], environment).authorizer).toBe('JWT');
    expect(() => parseOptions(['--authorizer', 'jwt'], {})).toThrow('--authorizer must be JWT or FUNCTION, not "jwt".');
  });

  it('keeps tracking IDs where flags or variables say so', () => {
    const both = ['--tracking-id-parameters', '--tracking-id-secrets'];
    expect(parseOptions(both, {}).trackingIds).toEqual(['parameters', 'secrets']);
    const environment = { TRACKING_ID_SECRETS: 'enabled' };
    expect(parseOptions([], environment).trackingIds).toEqual(['secrets']);
    expect(parseOptions(['--no-tracking-id-secrets'], environment).trackingIds).toEqual([]);
    expect(() => parseOptions([], { TRACKING_ID_SECRETS: 'on' })).toThrow(
      'TRACKING_ID_SECRETS must be enabled or disabled, not "on".',
    );
  });

  it('has a flag for each feature', () => {
    const off = ['--no-events', '--no-callbacks', '--no-destroy-adopted', '--no-platform', '--prefer-wait', '0'];
    expect(parseOptions([...off, '--max-unfinished', '3'], {}).features).toEqual({
      events: false,
      callbacks: false,
      destroyAdopted: false,
      platformRoles: false,
      preferWaitSeconds: 0,
      maxUnfinishedPerTenant: 3,
    });
  });

  it.each([
    [[], { CALLBACKS: 'yes' }, 'CALLBACKS must be enabled or disabled, not "yes"'],
    [[], { EVENTS: 'off' }, 'EVENTS must be enabled or disabled'],
    [[], { DESTROY_ADOPTED: '0' }, 'DESTROY_ADOPTED must be enabled or disabled'],
    [[], { PREFER_WAIT_SECONDS: '1.5' }, 'PREFER_WAIT_SECONDS must be a whole number from 0 to 25'],
    [[], { MAX_UNFINISHED_PER_TENANT: 'x' }, 'MAX_UNFINISHED_PER_TENANT must be a whole number from 1 to 10000'],
    [['--prefer-wait', '26'], {}, '--prefer-wait must be a whole number from 0 to 25, not "26"'],
    [['--max-unfinished', '0'], {}, '--max-unfinished must be a whole number from 1 to 10000'],
    [['--examples', '--no-platform'], {}, '--examples is not allowed with --no-callbacks or --no-platform'],
    [['--port', '65536'], {}, '--port must be a port from 0 to 65535'],
    [['--port', '-1'], {}, '--port'],
    [['--aws-port', '1e3'], {}, '--aws-port must be a port'],
    [['--aws-port='], {}, '--aws-port must be a port'],
    [[], { EVENT_TRACKERS_PORT: 'http' }, 'EVENT_TRACKERS_PORT must be a port'],
    [['--time-scale', '0'], {}, '--time-scale must be a number above 0 and at most 1'],
    [['--time-scale', '1.1'], {}, '--time-scale'],
    [['--time-scale', 'NaN'], {}, '--time-scale'],
    [[], { EVENT_TRACKERS_TIME_SCALE: 'fast' }, 'EVENT_TRACKERS_TIME_SCALE must be'],
    [['--deployment', 'Prod'], {}, '--deployment must be 1 to 16 characters of a-z, 0-9 and -'],
    [[], { EVENT_TRACKERS_DEPLOYMENT: '1' }, 'EVENT_TRACKERS_DEPLOYMENT must be'],
    [['--personalize-url', 'http://example.com:80'], {}, '--personalize-url must be the AWS port of another runtime'],
    [['--personalize-url', '4566'], {}, '--personalize-url must be'],
    [
      ['--accounts', '/nonexistent/accounts.json'],
      {},
      '--accounts /nonexistent/accounts.json: the file cannot be read',
    ],
    [['--accounts', import.meta.filename], {}, 'it must be valid JSON'],
    [['--accounts', 'package.json'], {}, 'must be the id of an account, 12 digits'],
    [['--data', ''], {}, '--data must name a folder'],
    [['--frsh'], {}, '--frsh'],
    [['extra'], {}, 'extra'],
    [['--port', '5000', '--aws-port', '5000'], {}, '--port and --aws-port must be different'],
  ])('refuses %j with %j and names the rule', (args, environment, message) => {
    expect(() => parseOptions(args, environment)).toThrow(UsageError);
    expect(() => parseOptions(args, environment)).toThrow(message);
  });
});
