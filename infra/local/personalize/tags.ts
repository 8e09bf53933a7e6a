import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { found, operation } from './operation.ts';
import { Arn, TagKeys, Tags } from './shapes.ts';
import type { PersonalizeState, Tag } from './state.ts';

/** Tag keys a resource may carry. */
const MAX_TAGS = 50;

/**
 * The tags a creation asks for.
 * @throws AwsError TooManyTagsException over 50; InvalidInputException for a key twice or one that starts with `aws:`
 */
export function checkTags(tags: readonly Tag[] = []): readonly Tag[] {
  if (tags.length > MAX_TAGS) {
    throw new AwsError('TooManyTagsException', `A resource can have at most ${MAX_TAGS} tags.`);
  }
  if (new Set(tags.map(({ tagKey }) => tagKey)).size < tags.length) {
    throw new AwsError('InvalidInputException', "'tags' must not contain the same tagKey twice.");
  }
  if (tags.some(({ tagKey }) => /^aws:/i.test(tagKey))) {
    throw new AwsError('InvalidInputException', "A tagKey in 'tags' must not start with aws:, which is reserved.");
  }
  return tags;
}

interface Taggable {
  readonly tags: readonly Tag[];
  readonly leaving: boolean;
  replace(tags: readonly Tag[]): void;
}

/** Trackers, datasets and dataset groups carry tags; schemas don't. */
function taggable(state: PersonalizeState, arn: string, now: number): Taggable {
  const tracker = state.tracker(arn, now);
  if (tracker !== undefined) {
    const { phase, ...record } = tracker;
    const leaving = phase.status.startsWith('DELETE');
    return { tags: record.tags, leaving, replace: (tags) => state.putTracker({ ...record, tags }) };
  }
  const group = state.group(arn, now);
  if (group !== undefined) {
    const { phase, ...record } = group;
    const leaving = phase.status.startsWith('DELETE');
    return { tags: record.tags, leaving, replace: (tags) => state.putGroup({ ...record, tags }) };
  }
  const { phase, ...dataset } = found(state.dataset(arn, now), arn);
  const leaving = phase.status.startsWith('DELETE');
  return { tags: dataset.tags, leaving, replace: (tags) => state.putDataset({ ...dataset, tags }) };
}

function taggableForChange(state: PersonalizeState, arn: string, now: number): Taggable {
  const resource = taggable(state, arn, now);
  if (resource.leaving) throw new AwsError('ResourceInUseException', `Resource ${arn} is being deleted.`);
  return resource;
}

export const ListTagsForResource = operation({
  input: z.object({ resourceArn: Arn }),
  act: ({ resourceArn }, { state, now }) => ({ tags: taggable(state, resourceArn, now).tags }),
});

export const TagResource = operation({
  input: z.object({ resourceArn: Arn, tags: Tags }),
  writes: true,
  act({ resourceArn, tags }, { state, now }) {
    const resource = taggableForChange(state, resourceArn, now);
    checkTags(tags);
    const named = new Set(tags.map(({ tagKey }) => tagKey));
    resource.replace(checkTags([...resource.tags.filter(({ tagKey }) => !named.has(tagKey)), ...tags]));
    return {};
  },
});

export const UntagResource = operation({
  input: z.object({ resourceArn: Arn, tagKeys: TagKeys }),
  writes: true,
  act({ resourceArn, tagKeys }, { state, now }) {
    if (tagKeys.length > MAX_TAGS) {
      throw new AwsError('TooManyTagKeysException', `A request can name at most ${MAX_TAGS} tag keys.`);
    }
    const resource = taggableForChange(state, resourceArn, now);
    resource.replace(resource.tags.filter(({ tagKey }) => !tagKeys.includes(tagKey)));
    return {};
  },
});
