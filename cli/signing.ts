import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { ConfigurationFailure } from './failures.ts';

/**
 * Signs requests to API Gateway (SigV4) with the credentials of the AWS SDK's default provider chain: the environment, the AWS
 * profile, SSO, a container or an instance.
 * @param profile the AWS profile; by default AWS_PROFILE
 * @returns a function that returns the signed request. It rejects with ConfigurationFailure if there are no credentials
 */
export function signerOf(region: string, profile: string | undefined): (request: Request) => Promise<Request> {
  const credentials = defaultProvider({ profile });
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
