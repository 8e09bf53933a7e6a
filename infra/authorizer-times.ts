/** How long API Gateway keeps an answer of the Lambda authorizer: its default. */
export const AUTHORIZER_CACHE_SECONDS = 300;

/** The timeout of the Lambda authorizer; API Gateway itself waits no longer than 10 seconds. */
export const AUTHORIZER_TIMEOUT_SECONDS = 10;
