import { ConfigurationFailure } from './failures.ts';

/**
 * Loads a module that needs the AWS SDK, which is an optional peer dependency.
 * @param feature the option that needs it, for the message
 * @throws ConfigurationFailure that names the packages to install
 */
export async function loaded<Module>(
  feature: string,
  packages: readonly string[],
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !packages.some((name) => error.message.includes(`'${name}'`))) throw error;
    throw new ConfigurationFailure(
      `${feature} needs ${packages.join(' and ')}, which event-trackers does not install. To install it, run:\n` +
        `  npm install ${packages.join(' ')}`,
    );
  }
}
