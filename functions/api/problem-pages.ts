// Generated from docs/problems.md by npm run problems.
import type { Reason } from './openapi-problems.ts';

/** Markdown, by the reason in lower case. A reason without a section does not compile. */
export const PROBLEM_PAGES: Readonly<Record<Lowercase<Reason>, string>> = {
  // biome-ignore format: one line a page
  invalid_request: "400. The body, the query or a header breaks a rule. `errors` lists each invalid field, at most 100 of them, for example\n`{\"field\": \"tags[3].tagKey\", \"rule\": \"must be at most 128 characters long\"}`. Unknown fields are invalid.\n\nJSON that parsers interpret differently is invalid too: duplicate names in an object, integers beyond 2^53 − 1, unpaired surrogates, and\nnesting deeper than 32 levels.",
  // biome-ignore format: one line a page
  body_not_json: "400. The body is empty, is not valid JSON, or is not encoded in UTF-8.",
  // biome-ignore format: one line a page
  unsupported_media_type: "415. The `Content-Type` is not `application/json` (for `PATCH`: `application/merge-patch+json`), or the request has a `Content-Encoding` such as `gzip`.",
  // biome-ignore format: one line a page
  body_too_large: "413. The body is larger than 4 MiB. API Gateway rejects even larger bodies itself, with a `{\"message\"}` (`docs/api.md`).",
  // biome-ignore format: one line a page
  method_not_allowed: "405. The path exists, but not for this method. The `Allow` header lists the allowed methods.",
  // biome-ignore format: one line a page
  tenant_not_allowed: "403. The token does not name a tenant: its tenant claim is missing, is empty, is a list, is longer than 63 characters, or does not match the\npattern for tenant names (by default, lower-case letters and digits).",
  // biome-ignore format: one line a page
  dataset_group_not_allowed: "403. The caller is not allowed to use this dataset group, for one of three reasons. The token has a list of dataset groups\n(`datasetGroups`), and this one is not on it. The token has no such list, and the name of the dataset group does not start with the tenant's\nname and the separator (by default, a hyphen). Or the dataset group belongs to another tenant.\n\nThe response is the same in all three cases, and does not reveal whether the dataset group exists.",
  // biome-ignore format: one line a page
  scope_required: "403. The request needs a scope that the caller does not have; `detail` names it. For example, `adoptExisting` needs the scope\n`event-trackers/adopt`. A request under `/platform` that is not signed by one of the deployment's platform roles gets this response too.",
  // biome-ignore format: one line a page
  not_enabled: "404 for a route, 400 for a field of a request (named in `errors`). The deployment has turned this feature off; `detail` names the setting.\nThe settings are `events` for `POST …/events`, `platformRoles` for `/platform/…`, and `callbacks` for the field `callback`.\n`/openapi.json` contains only what the deployment offers.",
  // biome-ignore format: one line a page
  too_many_unfinished: "429. The tenant has reached the deployment's limit for unfinished event trackers (setting `maxUnfinishedPerTenant`). An event tracker is\nunfinished while it is being created, deleted or cleaned up, or its tags are being changed. Nothing was recorded. Send the request again after `Retry-After` seconds.\n\nRepeating a request that was already accepted, and deleting, are never rejected for this reason.",
  // biome-ignore format: one line a page
  destroy_not_enabled: "403. The request wants to delete an adopted event tracker (`?destroy=true`), but the deployment deletes only event trackers that it created.\nNothing has changed. Without `destroy=true` the event tracker is released, and Personalize keeps it. To delete it, use Personalize itself,\nor ask the operator of the deployment to enable `destroyAdopted`.",
  // biome-ignore format: one line a page
  not_found: "404. The path does not exist, or it names an event tracker that does not exist or is not visible to the caller. Event trackers of other\ntenants get exactly the same response as ones that do not exist.",
  // biome-ignore format: one line a page
  name_conflict: "409. The dataset group already has an event tracker with another name, described in `existing`. A dataset group can have only one. Send the\nrequest with the name and tags of the existing event tracker to use it, or delete that one first. `retryable` is `false`.\n\nAn event tracker that this deployment did not create is no 409: the request is accepted, and becomes CREATE FAILED with the code `CONFLICT`.\n\nAn event tracker that is CREATE FAILED, DELETED or RELEASED does not conflict with a new request. It conflicts only with a repetition under an\nold `Idempotency-Key`. In that case, send the request with a new key.",
  // biome-ignore format: one line a page
  tags_conflict: "409. The dataset group already has an event tracker with this name but other tags, described in `existing`. After a change of its tags (`PATCH`), only\nthe requested tags match. A dataset group can have only one.\nSend the request with the tags of the existing event tracker to use it, or delete that one first. Everything else is as for `name_conflict`.",
  // biome-ignore format: one line a page
  idempotency_key_reused: "422. The `Idempotency-Key` was used within the last 24 hours for a request with another path or body. Use a new key for a new request. To\nrepeat the earlier request, send the path and body that it had.",
  // biome-ignore format: one line a page
  precondition_failed: "412. `If-Match` does not contain the current ETag: the event tracker has changed since the caller read it. Nothing was done. Read it again,\nthen decide whether you still want the change.",
  // biome-ignore format: one line a page
  not_active: "409. Interactions and changes (`PATCH`) are accepted only while the event tracker is ACTIVE. If it has been requested and has no outcome yet, `retryable` is\n`true`: send the request again once it is ACTIVE. This includes the time in which an earlier event tracker is being deleted. Otherwise,\nrequest the event tracker again first.",
  // biome-ignore format: one line a page
  refused_by_personalize: "422. Personalize rejected the interactions. `awsError` is its error code, and `awsRequestId` the AWS request ID if there is one. Unchanged,\nthe request would be rejected again.",
  // biome-ignore format: one line a page
  account_access_denied: "409. The event tracker is in another account than the service, which has no access to it: the service cannot use the role in that account, or the\nrole lacks a permission. `detail` and `remedy` name the role and the account. Nothing was sent; `retryable` is `true`: send the interactions again\nonce the account's owner has given access again. Only interactions get this response.",
  // biome-ignore format: one line a page
  throttled: "503 with `Retry-After`. Personalize throttled the call or did not answer in time. Send the request again after `Retry-After` seconds. Only\ndry runs and interactions get this response.\n\nA call without an answer may have been accepted, so sending interactions again can duplicate them. Personalize uses an interaction only once\nif it has an `eventId`.",
  // biome-ignore format: one line a page
  not_failed: "409. Only an event tracker that is CREATE FAILED, or ACTIVE with an `updateFailure`, can be retried. What to do depends on the status: if it is\nACTIVE, there is nothing to retry.\nIf it is DELETED or RELEASED, or its deletion was requested (DELETE PENDING, DELETE IN_PROGRESS), request a new one with `POST /event-trackers`; a\ndeletion finishes first. `retryable` is `false`.\n\nWhile an event tracker is being created, or its tags are being changed, a retry is no error: it changes nothing and returns the resource.",
  // biome-ignore format: one line a page
  no_room: "503 with `Retry-After`. The event tracker has reached the limit of 40 undelivered events and callbacks. Send the request again after\n`Retry-After` seconds, once some of them are delivered.",
  // biome-ignore format: one line a page
  too_many_callbacks: "409. Eight task tokens (`callback`) are already waiting for this event tracker, which is the limit. `retryable` is `true`: send the request\nagain once some of those task tokens are answered. Or send it without a `callback` now.",
  // biome-ignore format: one line a page
  internal_error: "500. The service failed to process the request. Send it again. If it fails again, give the `correlationId` to the operator of the service.",
};
