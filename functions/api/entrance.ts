import type middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiEvent } from './request.ts';
import { PLATFORM_PREFIX } from './routes.ts';

/** A link of ours: what Location, Link and the `href` of a body lead to. */
const OWN_PATH = '/event-trackers';

/**
 * Answers lead back to where the caller came in: a platform that follows a Location, a Link or an `href` stays at its entrance,
 * where its signature is taken. It comes before the middleware that makes answers of errors, so that theirs are led back too.
 */
export function leadBack(): middy.MiddlewareObj<ApiEvent, APIGatewayProxyStructuredResultV2> {
  const lead = (request: middy.Request<ApiEvent, APIGatewayProxyStructuredResultV2>) => {
    if (request.response && isAtPlatform(request.event)) request.response = rewriteLinksForPlatform(request.response);
  };
  return { after: lead, onError: lead };
}

const isAtPlatform = ({ rawPath }: ApiEvent): boolean => rawPath.startsWith(`${PLATFORM_PREFIX}/`);

function rewriteLinksForPlatform(answer: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  const { location, link } = answer.headers ?? {};
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(typeof location === 'string' && { location: rewriteLinks(location) }),
      ...(typeof link === 'string' && { link: link.replaceAll(`<${OWN_PATH}`, `<${PLATFORM_PREFIX}${OWN_PATH}`) }),
    },
    ...(answer.body?.includes(`"href":"${OWN_PATH}`) && { body: JSON.stringify(JSON.parse(answer.body, rewriteHref)) }),
  };
}

const rewriteLinks = (path: string): string => (path.startsWith(OWN_PATH) ? `${PLATFORM_PREFIX}${path}` : path);
/** No member of ours that holds a caller's text is named `href`. */
const rewriteHref = (key: string, value: unknown) =>
  key === 'href' && typeof value === 'string' ? rewriteLinks(value) : value;
