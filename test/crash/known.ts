import type { Ask } from './client.ts';
import { type AcceptedRequest, type Desired, isAccepted } from './story.ts';

/** A PATCH with what a repeat of it has to send again. */
export type AskedPatch = Pick<Ask, 'tags' | 'clientContext' | 'key' | 'ifMatch'>;

/** What a caller knows about its tracker from the last definite response. */
export interface Known {
  readonly trackerId: string;
  readonly desired: 'PRESENT' | 'ABSENT';
  readonly generation: number;
  readonly status: string;
  readonly name: string;
  /** The tags and the context that are desired, if the tracker is. */
  readonly wanted: Desired;
  /** The request that created it, with its Idempotency-Key if it had one. */
  readonly created: Desired & { readonly name: string; readonly key?: string };
  /** The last PATCH with a key. */
  readonly lastPatch?: AskedPatch | undefined;
  /** The last request has its outcome. */
  readonly isSettled: boolean;
  readonly hasUpdateFailed: boolean;
  /** The ETag of the last response, if it was settled: then nobody else changes the resource. */
  readonly etag?: string | undefined;
}

/**
 * What the caller knows after a response.
 * @param more what it knows from the request itself, if it was accepted
 */
export function knownAfter(
  known: Known | undefined,
  request: AcceptedRequest,
  more: Partial<Known> = {},
): Known | undefined {
  const { kind, answer } = request;
  const resource = answer?.resource;
  if (resource === undefined) return known;
  const { trackerId, generation, status, name, progress, updateFailure } = resource;
  const { created, wanted, ...rest } = { ...known, ...(isAccepted(request) && more) };
  const desired = kind === 'GET' ? known?.desired : kind === 'DELETE' ? 'ABSENT' : 'PRESENT';
  if (desired === undefined || created === undefined || wanted === undefined) return known;
  const isSettled = progress === undefined;
  return {
    lastPatch: rest.lastPatch,
    trackerId,
    desired: more.desired ?? desired,
    generation,
    status,
    name,
    created,
    wanted,
    isSettled,
    hasUpdateFailed: updateFailure !== undefined,
    etag: isSettled && kind === 'GET' ? answer?.etag : undefined,
  };
}
