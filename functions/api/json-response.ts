import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type JsonResponse = APIGatewayProxyStructuredResultV2 & { headers: Record<string, string>; body: string };

/** A JSON body. By default no cache may store it, because it may contain a tracking ID. */
export const jsonResponse = (
  body: object,
  { statusCode = 200, headers = {} }: { statusCode?: number; headers?: Readonly<Record<string, string>> } = {},
): JsonResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});
