import type { EventTrackerRecord, Tag } from '../../functions/tracker/record.ts';
import { once } from './remember.ts';

/**
 * The callers' tags, as a text that a state can be compared by: `t=A,u=B`, in the order of the keys. Requests have single letters, each
 * the value of the key `t`; the letter C stands for another key.
 */
const parsed = new Map<string, readonly Tag[]>();

export function tagsFrom(text: string): readonly Tag[] {
  let tags = parsed.get(text);
  if (tags === undefined) {
    tags = text === '' ? [] : text.split(',').map((pair) => ({ tagKey: pair.charAt(0), tagValue: pair.slice(2) }));
    parsed.set(text, tags);
  }
  return tags;
}

export const textOf = (tags: readonly Tag[]): string =>
  tags
    .map(({ tagKey, tagValue }) => `${tagKey}=${tagValue}`)
    .sort()
    .join(',');

/** The tags of a request. */
export const requestedTags = (letter: 'A' | 'B' | 'C' | ''): readonly Tag[] =>
  tagsFrom(letter === '' ? '' : letter === 'C' ? 'u=C' : `t=${letter}`);

/** The requested tags of a record. */
export const tagsOfRecord = once((record: EventTrackerRecord): string => textOf(record.tags));

/** The tags after UntagResource. */
export const without = (text: string, keys: readonly string[]): string =>
  textOf(tagsFrom(text).filter(({ tagKey }) => !keys.includes(tagKey)));

/** The tags after TagResource. */
export const withTags = (text: string, added: string): string => {
  const tags = tagsFrom(added);
  return textOf([...tagsFrom(text).filter(({ tagKey }) => !tags.some((tag) => tag.tagKey === tagKey)), ...tags]);
};
