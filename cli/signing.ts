import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { environmentKeys, QUIET } from './aws-credentials.ts';
import { ConfigurationFailure } from './failures.ts';

/**
 * Signs requests to API Gateway (SigV4) with the credentials that the AWS CLI would use: the environment, the AWS profile, SSO, a
 * container or an instance.
 * @param profile the AWS profile; by default AWS_PROFILE
 * @param isProfileGiven whether the profile was given for this command, so that it beats keys in the environment
 * @returns a function that returns the signed request. It rejects with ConfigurationFailure if there are no credentials
 * @throws ConfigurationFailure if the profile does not exist
 */
export function signerOf(
  region: string,
  profile: string | undefined,
  isProfileGiven: boolean,
): (request: Request) => Promise<Request> {
  const keys = environmentKeys(isProfileGiven ? profile : undefined, profile);
  const credentials = keys ?? defaultProvider({ profile, logger: QUIET });
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (request) => {
    const url = new URL(request.url);
    const unsigned = {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: url.port === '' ? undefined : Number(url.port),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...Object.fromEntries(request.headers), host: url.host },
      body: await request.clone().text(),
    };
    try {
      const { headers } = await signer.sign(unsigned);
      return new Request(request, { headers });
    } catch (error) {
      if (!(error instanceof Error && /ProviderError$/.test(error.name))) throw error;
      throw new ConfigurationFailure(`Unable to locate credentials: ${error.message}`);
    }
  };
}
