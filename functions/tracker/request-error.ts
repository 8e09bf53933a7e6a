import type { Denial } from './accounts.ts';
import type { EventTrackerRecord, Status } from './record.ts';

/** A field of a request that breaks a rule. `field` is its path, such as `tags[3].tagKey`, or `(body)`. */
export interface FieldError {
  readonly field: string;
  readonly rule: string;
}

/** Why a request is rejected, as data. functions/api/problem-texts.ts maps it to an HTTP status and a text. */
export type RequestError =
  | { readonly reason: 'INVALID_REQUEST'; readonly errors: readonly FieldError[] }
  | { readonly reason: 'BODY_NOT_JSON'; readonly errors: readonly FieldError[] }
  /** `accepts`: the media type that the operation takes. */
  | {
      readonly reason: 'UNSUPPORTED_MEDIA_TYPE';
      readonly field: 'Content-Type' | 'Content-Encoding';
      readonly accepts: string;
    }
  | { readonly reason: 'TENANT_NOT_ALLOWED' }
  | { readonly reason: 'DATASET_GROUP_NOT_ALLOWED' }
  | { readonly reason: 'SCOPE_REQUIRED'; readonly scope: string }
  /** `path`: no route of the API has this path. */
  | { readonly reason: 'NOT_FOUND'; readonly path?: true }
  | { readonly reason: 'NOT_FAILED'; readonly status: Status }
  | { readonly reason: 'NO_ROOM' }
  | { readonly reason: 'TOO_MANY_CALLBACKS' }
  | { readonly reason: 'DESTROY_NOT_ENABLED' }
  /** `becomesActive`: the tracker is requested, and has no outcome yet. */
  | { readonly reason: 'NOT_ACTIVE'; readonly status: Status; readonly becomesActive: boolean; readonly of?: 'update' }
  | { readonly reason: 'PRECONDITION_FAILED' }
  | { readonly reason: 'METHOD_NOT_ALLOWED'; readonly allow: readonly string[] }
  /** The deployment's configuration leaves it out: a route, or a field of a request. */
  | { readonly reason: 'NOT_ENABLED'; readonly settings: readonly string[]; readonly field?: string }
  /** The tenant has as many unfinished event trackers as it may have. */
  | { readonly reason: 'TOO_MANY_UNFINISHED'; readonly limit: number }
  | { readonly reason: 'BODY_TOO_LARGE'; readonly limit: number }
  | {
      readonly reason: 'REFUSED_BY_PERSONALIZE';
      readonly message: string;
      readonly awsError: string;
      readonly awsRequestId?: string;
    }
  /** The service has no access to the account of the event tracker, which is another one than its own. */
  | { readonly reason: 'ACCOUNT_ACCESS_DENIED'; readonly denial: Denial }
  | { readonly reason: 'IDEMPOTENCY_KEY_REUSED' }
  | { readonly reason: 'THROTTLED'; readonly of?: 'interactions' }
  | { readonly reason: 'NAME_CONFLICT'; readonly existing: EventTrackerRecord }
  | { readonly reason: 'TAGS_CONFLICT'; readonly existing: EventTrackerRecord };

/** Rejects a request. The response contains the reason. */
export class RequestRejected extends Error {
  readonly refused: RequestError;
  constructor(refused: RequestError) {
    super(refused.reason);
    this.name = 'RequestRejected';
    this.refused = refused;
  }
}
