import { ACCESS_KEYS } from './identity/access-keys.ts';
import { signerOf } from './identity/signature.ts';
import { queryError, unknownOperation } from './not-implemented.ts';
import { ACCOUNT_ID, requestIdHeaders, type WireAnswer, type WireRequest } from './wire.ts';

/** STS, in AWS's query protocol: GetCallerIdentity, which scripts call to find their account. */
export function sts(request: WireRequest, accessKeyId: string): WireAnswer {
  const form = request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString());
  const action = form.get('Action') ?? '';
  return action === 'GetCallerIdentity'
    ? callerIdentity(accessKeyId)
    : queryError(unknownOperation('STS', action, ['GetCallerIdentity']));
}

/** The role of an access key of the runtime, or the user `local` for any other, because the AWS port accepts them all. */
function callerIdentity(accessKeyId: string): WireAnswer {
  const key = ACCESS_KEYS.find((each) => each.accessKeyId === accessKeyId);
  const { userArn, userId } =
    key === undefined ? { userArn: `arn:aws:iam::${ACCOUNT_ID}:user/local`, userId: 'AIDALOCAL' } : signerOf(key);
  const identity = `<Arn>${userArn}</Arn><UserId>${userId}</UserId><Account>${ACCOUNT_ID}</Account>`;
  const headers = requestIdHeaders();
  const metadata = `<ResponseMetadata><RequestId>${headers['x-amzn-requestid']}</RequestId></ResponseMetadata>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', ...headers },
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${identity}</GetCallerIdentityResult>${metadata}</GetCallerIdentityResponse>`,
  };
}
