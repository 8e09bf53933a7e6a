// Generated from docs/problems.md by npm run problems.
import type { Reason } from './openapi-problems.ts';

/** Markdown, by the reason in lower case. A reason without a section does not compile. */
export const PROBLEM_PAGES: Readonly<Record<Lowercase<Reason>, string>> = {
  // biome-ignore format: one line a page
  invalid_request: "400. Fields break rules: each is in `errors`, as `{\"field\": \"tags[3].tagKey\", \"rule\": \"must be at most 128 characters long\"}`,\nat most 100 of them. So is what JSON's readers understand differently: a name that an object has twice, a whole number beyond\n2^53 − 1, half of a surrogate pair, nesting beyond 32 levels. A header that breaks a rule (`Idempotency-Key`) is named alike.",
  // biome-ignore format: one line a page
  body_not_json: "400. The body is empty, no JSON, or not UTF-8.",
  // biome-ignore format: one line a page
  unsupported_media_type: "415. The `Content-Type` must be `application/json`, and there must be no `Content-Encoding` (such as `gzip`).",
  // biome-ignore format: one line a page
  body_too_large: "413. The body is over 4 MiB. (API Gateway itself refuses one over 10 MB, with `{\"message\"}`.)",
  // biome-ignore format: one line a page
  method_not_allowed: "405. The path is there, for other methods: `Allow` names them.",
  // biome-ignore format: one line a page
  tenant_not_allowed: "403. The token's tenant claim is missing, empty, a list, longer than 63 characters, or no tenant's name (by default lower-case\nletters and digits).",
  // biome-ignore format: one line a page
  dataset_group_not_allowed: "403. This token cannot use the dataset group: the token's list (`datasetGroups`) does not have it; or the token has no list, and the\ngroup's name does not start with the tenant and a hyphen; or the group belongs to another tenant. The answer is the same in all three\ncases, whether or not the group exists.",
  // biome-ignore format: one line a page
  scope_required: "403. What the request asks for needs a scope that the token lacks, such as `event-trackers/adopt` for `adoptExisting`.",
  // biome-ignore format: one line a page
  not_enabled: "404, or 400 where a field of the request asks for it (`errors` names the field). This deployment leaves it out: `detail` names the\nsetting that is off, such as `events` for `POST …/events`, `platformRoles` for `/platform/…`, `callbacks` for `callback`\n([deploy.md](deploy.md)). `openapi.json` has only what the deployment offers.",
  // biome-ignore format: one line a page
  too_many_unfinished: "429. The tenant has as many unfinished event trackers as this deployment allows (`maxUnfinishedPerTenant`): being made, being deleted,\nor with remains that have to be removed. Nothing was recorded. Ask again after `Retry-After` seconds. Requests that were accepted\nbefore are met again as ever, and deletions are never refused for it.",
  // biome-ignore format: one line a page
  destroy_not_enabled: "403. `?destroy=true` on an adopted tracker, and this deployment may delete only trackers that it created. Nothing has changed.\nWithout `destroy=true` the tracker is released and stays. To delete it, use Personalize itself, or enable `destroyAdopted`\n([deploy.md](deploy.md)).",
  // biome-ignore format: one line a page
  not_found: "404. There is nothing here for this token. Another tenant's tracker is not there either.",
  // biome-ignore format: one line a page
  name_conflict: "409. The dataset group has a tracker of another name, described by `existing`. A dataset group can have one. One that is CREATE FAILED,\nDELETED or RELEASED is in no request's way; only a repeat under an old `Idempotency-Key` gets this answer then, and a new request needs a new key.",
  // biome-ignore format: one line a page
  tags_conflict: "409. The dataset group has a tracker of this name with other tags, described by `existing`. Otherwise as `name_conflict`.",
  // biome-ignore format: one line a page
  idempotency_key_reused: "422. The `Idempotency-Key` was used within the last day for another path or body. A repeat must be the same request; a new\nrequest needs a new key.",
  // biome-ignore format: one line a page
  precondition_failed: "412. `If-Match` names another representation than the present one: somebody else, or the service, has changed it since. Look\nagain, then decide.",
  // biome-ignore format: one line a page
  not_active: "409. Events are taken only while the tracker is ACTIVE. `retryable` is true while a requested tracker has no outcome yet, also while an\nearlier one is being deleted; otherwise another request for the tracker has to come first.",
  // biome-ignore format: one line a page
  refused_by_personalize: "422. Personalize refused what was passed on to it: `awsError` and, where AWS gave one, `awsRequestId`. Sent again, it would be\nrefused again.",
  // biome-ignore format: one line a page
  throttled: "503 with `Retry-After`. Personalize did not take or answer the call in time. Making the request again is safe; of events, those with an\n`eventId` are used once.",
  // biome-ignore format: one line a page
  not_failed: "409. Only a tracker that is CREATE FAILED can be retried.",
  // biome-ignore format: one line a page
  no_room: "503 with `Retry-After`. So much of this tracker waits to be told that its record has no room for more; events that wait are told\nfirst.",
  // biome-ignore format: one line a page
  too_many_callbacks: "409. Eight task tokens (`callback`) wait for this tracker already. The same request without a `callback` is accepted; with one it\nis once those are answered.",
  // biome-ignore format: one line a page
  internal_error: "500. Something went wrong on our side. Asking again is safe. Quote the `correlationId` to the people on call.",
};
