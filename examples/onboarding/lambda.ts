import { createRequestEventTracker, type OnboardingRequest } from './request-event-tracker.ts';
import { signedBy } from './sign.ts';

/** @throws if the variable is not set */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** Reads the credentials for each request, because Lambda rotates them between invocations. */
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

/** The Lambda handler. The service's `platformRoles` must contain the role of the function. EVENT_TRACKERS_URL ends in /platform/event-trackers. */
export const handler = (event: OnboardingRequest) => requestEventTracker(event);
