import {
  type AcceptedRequest,
  type Ending,
  type Expectation,
  isAccepted,
  isNew,
  REJECTIONS,
  type Story,
  type Violation,
} from './story.ts';

/**
 * Checks that every request got the right response, that no accepted request was lost or accepted twice, and that the newest one was
 * carried out.
 */
export function judgeRequests(story: Story): Violation[] {
  return [
    ...story.requests.flatMap(judgeAnswer),
    ...story.groups.flatMap(({ datasetGroupArn, tenantId }) => {
      const own = story.requests.filter(
        (request) => request.datasetGroupArn === datasetGroupArn && request.tenantId === tenantId,
      );
      const ending = story.endings.find((each) => each.datasetGroupArn === datasetGroupArn);
      return [...judgeOrder(own), ...judgeEnding(datasetGroupArn, own, ending)];
    }),
  ];
}

function judgeAnswer(request: AcceptedRequest): Violation[] {
  const { datasetGroupArn, answer, expects, expectedGeneration } = request;
  const violation = (message: string) => [{ datasetGroupArn, message: `${titleOf(request)} ${message}` }];
  if (answer === undefined) return violation('was never answered');
  const met = metBy(request);
  if (met === undefined || !expects.includes(met)) {
    return violation(`was answered ${answer.status} ${answer.reason ?? ''}, not ${expects.join(' or ')}`);
  }
  const generation = answer.resource?.generation;
  if (expectedGeneration !== undefined && generation !== undefined && generation !== expectedGeneration) {
    const meaning = generation > expectedGeneration ? 'a request was accepted twice' : 'an accepted request was lost';
    return violation(`shows generation ${generation}, not ${expectedGeneration}: ${meaning}`);
  }
  return [];
}

function metBy(request: AcceptedRequest): Expectation | undefined {
  const { kind, answer } = request;
  if (isAccepted(request)) return 'accepted';
  if (kind === 'GET' && answer?.status === 200) return 'shown';
  return REJECTIONS.find((reason) => reason === answer?.reason);
}

export function titleOf({ kind, name, tags, isReplay, tenantId }: AcceptedRequest): string {
  const named = name === undefined ? '' : ` "${name}"`;
  const tagged = tags?.length ? ` with ${tags.map(({ tagKey, tagValue }) => `${tagKey}=${tagValue}`).join(', ')}` : '';
  return `${isReplay ? 'repeated ' : ''}${kind}${named}${tagged} by ${tenantId}`;
}

/** Checks that no response shows an older generation than an earlier response: no accepted request is forgotten. */
function judgeOrder(requests: readonly AcceptedRequest[]): Violation[] {
  const answered = requests
    .flatMap((request) => {
      const last = request.tries.at(-1);
      const resource = request.answer?.resource;
      return last && resource ? [{ request, last, resource }] : [];
    })
    .sort((left, right) => left.last.endedAt - right.last.endedAt);
  return answered.flatMap(({ request, last, resource }, index) => {
    const before = answered.slice(0, index).filter((earlier) => earlier.last.endedAt < last.sentAt);
    const newest = before.reduce((highest, earlier) => Math.max(highest, earlier.resource.generation), 0);
    return resource.generation >= newest
      ? []
      : [
          {
            datasetGroupArn: request.datasetGroupArn,
            message: `${titleOf(request)} shows generation ${resource.generation} after ${newest} had been answered`,
          },
        ];
  });
}

/**
 * Checks that the newest request was carried out, and that Personalize agrees. The newest one is the accepted request with the highest
 * generation.
 */
function judgeEnding(
  datasetGroupArn: string,
  requests: readonly AcceptedRequest[],
  ending: Ending | undefined,
): Violation[] {
  const violations: Violation[] = [];
  const violation = (message: string) => violations.push({ datasetGroupArn, message });
  const accepted = requests.filter(isAccepted);
  if (accepted.length === 0) return [];
  const resource = ending?.resource;
  if (ending === undefined || resource === undefined) {
    violation(`${accepted.length} requests were accepted, but there is no record`);
    return violations;
  }
  if (!ending.isIdle) violation(`the record never became idle: ${resource.status}`);

  const newest = accepted.reduce((highest, { answer }) => Math.max(highest, answer?.resource?.generation ?? 0), 0);
  if (resource.generation !== newest) {
    violation(`the record ends with generation ${resource.generation}, but the newest accepted request has ${newest}`);
  }
  const wanted = new Set(
    accepted
      .filter((request) => isNew(request) && request.answer?.resource?.generation === newest)
      .map(({ kind }) => (kind === 'DELETE' ? 'ABSENT' : 'PRESENT')),
  );
  if (wanted.size > 1) violation(`generation ${newest} was requested both PRESENT and ABSENT`);
  else if (wanted.has('ABSENT') && resource.status !== 'DELETED') {
    violation(`the deletion was accepted, but the record ends as ${resource.status}`);
  } else if (wanted.has('PRESENT') && resource.status !== 'ACTIVE' && resource.status !== 'CREATE FAILED') {
    violation(`the request was accepted, but the record ends as ${resource.status}`);
  }
  if (resource.status === 'CREATE FAILED' && !resource.failure?.reason) violation('CREATE FAILED without a reason');
  for (const message of disagreements(ending, resource)) violation(message);
  return violations;
}

function disagreements({ trackers }: Ending, resource: NonNullable<Ending['resource']>): string[] {
  const [only] = trackers;
  if (resource.status !== 'ACTIVE') {
    return only ? [`the record is ${resource.status}, but Personalize has ${only.eventTrackerArn} ${only.status}`] : [];
  }
  if (only === undefined) return ['the record is ACTIVE, but Personalize has no tracker'];
  const messages: string[] = [];
  if (trackers.length > 1) messages.push(`Personalize has ${trackers.length} trackers`);
  if (only.eventTrackerArn !== resource.eventTrackerArn)
    messages.push('the record has a different ARN than Personalize');
  if (only.trackingId !== resource.trackingId) messages.push('the record has a different tracking ID than Personalize');
  if (only.status !== 'ACTIVE') messages.push(`the record is ACTIVE, but the tracker is ${only.status}`);
  if (only.name !== resource.name) messages.push(`the tracker is named "${only.name}", not "${resource.name}"`);
  return messages;
}
