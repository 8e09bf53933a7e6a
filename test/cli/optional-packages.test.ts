import { expect, test } from 'vitest';
import { EXIT } from '../../cli/failures.ts';
import { loaded } from '../../cli/optional-packages.ts';

/** The error of an import without the package. The installed package is tested by test/ci/pack.test.ts. */
const missing = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /x/direct.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });

test('a missing optional package is a configuration failure that says how to install it', async () => {
  const load = () => Promise.reject(missing('@aws-sdk/client-personalize'));
  await expect(loaded('--direct', ['@aws-sdk/client-personalize'], load)).rejects.toMatchObject({
    exitCode: EXIT.CONFIGURATION,
    message:
      '--direct needs @aws-sdk/client-personalize, which event-trackers does not install. To install it, run:\n' +
      '  npm install @aws-sdk/client-personalize',
  });
});

test('any other error is thrown unchanged', async () => {
  for (const error of [missing('tslib'), new TypeError('x')]) {
    await expect(loaded('--direct', ['@aws-sdk/client-personalize'], () => Promise.reject(error))).rejects.toBe(error);
  }
});
