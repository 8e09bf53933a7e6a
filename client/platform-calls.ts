import type { Client } from 'openapi-fetch';
import type { components, paths } from './api-types.ts';
import type { CallOptions, KeyedCallOptions, Output } from './call-options.ts';
import { callOf, quoted, type SendCall } from './transport.ts';

type Schemas = components['schemas'];
export type EventTrackerSummary = Schemas['EventTrackerSummary'];
/** A retry of many event trackers, as the API returns it. */
export type Operation = Schemas['Operation'];
export type RetryEventTrackersInput = Omit<Schemas['RetryEventTrackersRequest'], 'dryRun'>;
export type OperationOutput = Output<{ readonly operation: Operation }>;

/** The calls that concern all tenants. Only platforms may make them. */
export function platformCalls(api: Client<paths>, sendCall: SendCall) {
  return {
    /** Counts the event trackers of all tenants, or of one, by status and failure. */
    async summarizeEventTrackers(
      query: { tenantId?: string } = {},
      options: CallOptions = {},
    ): Promise<Output<EventTrackerSummary>> {
      const { data, $metadata } = await sendCall({ operation: 'SummarizeEventTrackers', ...callOf(options) }, (init) =>
        api.GET('/event-trackers/summary', { ...init, params: { query } }),
      );
      return { ...data, $metadata };
    },

    /** Starts an operation that retries every event tracker that is CREATE FAILED with one of the failures. */
    async retryEventTrackers(body: RetryEventTrackersInput, options: KeyedCallOptions = {}): Promise<OperationOutput> {
      const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
      const params = { header: { 'Idempotency-Key': quoted(idempotencyKey) } };
      const { data, $metadata } = await sendCall(
        { operation: 'RetryEventTrackers', idempotencyKey, ...callOf(options) },
        (init) => api.POST('/event-trackers/retry', { ...init, params, body }),
      );
      if (!('operationId' in data)) throw new Error('RetryEventTrackers: unexpected response of a dry run');
      return { operation: data, $metadata };
    },

    /** Returns how many event trackers retryEventTrackers would retry. Changes nothing. */
    async dryRunRetryEventTrackers(
      body: RetryEventTrackersInput,
      options: CallOptions = {},
    ): Promise<Output<Schemas['RetryEventTrackersDryRun']>> {
      const { data, $metadata } = await sendCall({ operation: 'RetryEventTrackers', ...callOf(options) }, (init) =>
        api.POST('/event-trackers/retry', { ...init, body: { ...body, dryRun: true } }),
      );
      if ('operationId' in data) throw new Error('RetryEventTrackers: expected the response of a dry run');
      return { ...data, $metadata };
    },

    /** Returns the operation. Until it has ended, `$metadata.retryAfterSeconds` is present. */
    async describeOperation(
      { operationId }: { operationId: string },
      options: CallOptions = {},
    ): Promise<OperationOutput> {
      const params = { path: { operationId: checkedId(operationId) } };
      const { data, $metadata } = await sendCall({ operation: 'DescribeOperation', ...callOf(options) }, (init) =>
        api.GET('/operations/{operationId}', { ...init, params }),
      );
      return { operation: data, $metadata };
    },

    /** Returns one page of the operations, newest first; a nextToken means there are more. */
    async listOperations(
      query: { maxResults?: number; nextToken?: string } = {},
      options: CallOptions = {},
    ): Promise<Output<Schemas['OperationPage']>> {
      const { data, $metadata } = await sendCall({ operation: 'ListOperations', ...callOf(options) }, (init) =>
        api.GET('/operations', { ...init, params: { query } }),
      );
      return { ...data, $metadata };
    },

    /** Cancels the operation: nothing more is retried. One that has ended stays as it is. */
    async cancelOperation(
      { operationId }: { operationId: string },
      options: CallOptions = {},
    ): Promise<OperationOutput> {
      const params = { path: { operationId: checkedId(operationId) } };
      const { data, $metadata } = await sendCall({ operation: 'CancelOperation', ...callOf(options) }, (init) =>
        api.POST('/operations/{operationId}/cancel', { ...init, params }),
      );
      return { operation: data, $metadata };
    },
  };
}

/** Rejects an ID that would change the path, such as `..`. @throws TypeError */
function checkedId(operationId: unknown): string {
  if (typeof operationId === 'string' && /^[\w-]{1,128}$/.test(operationId)) return operationId;
  throw new TypeError("operationId must be an operation's ID, such as op-…");
}
