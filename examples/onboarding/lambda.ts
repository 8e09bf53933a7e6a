import { createRequestEventTracker, type OnboardingRequest } from './request-event-tracker.ts';
import { signedBy } from './sign.ts';

/** @throws when the deployment did not set it */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** Signs each request anew: Lambda renews its role's credentials between invocations of one environment. */
const requestEventTracker = createRequestEventTracker({
  url: () => required('EVENT_TRACKERS_URL'),
  authorize: (request) =>
    signedBy({
      region: required('AWS_REGION'),
      credentials: {
        accessKeyId: required('AWS_ACCESS_KEY_ID'),
        secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
        ...(process.env.AWS_SESSION_TOKEN && { sessionToken: process.env.AWS_SESSION_TOKEN }),
      },
    })(request),
});

/** As deployed: the function's role is on the service's list of platforms, EVENT_TRACKERS_URL is its IAM entrance. */
export const handler = (event: OnboardingRequest) => requestEventTracker(event);
