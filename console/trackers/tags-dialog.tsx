import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import { Rule } from '../parts/rule.tsx';
import { api, type EventTracker, type Tag } from '../wire/api.ts';

/** Changes the tags of a tracker. The API decides what is valid; its errors are shown as it returns them. */
export function TagsDialog({ tracker, onClose }: { readonly tracker: EventTracker; readonly onClose: () => void }) {
  const [tags, setTags] = useState<readonly Tag[]>(tracker.desiredTags ?? tracker.tags);
  const { isRunning, problem, run } = useAction();
  const save = async (event: Event) => {
    event.preventDefault();
    if (await run(() => api.changeTags(tracker.trackerId, tags), 'The change was accepted.')) onClose();
  };
  return (
    <Dialog title={`Tags of ${tracker.name}`} onClose={onClose}>
      <form onSubmit={save}>
        <TagFields tags={tags} onChange={setTags} />
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="submit" class="button primary" disabled={isRunning}>
            Save
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface TagFieldsProps {
  readonly tags: readonly Tag[];
  /** Which rule a row, or a part of it, breaks. */
  readonly errorOf?: (at: number, part?: keyof Tag) => string | undefined;
  readonly onChange: (tags: readonly Tag[]) => void;
}

/** Rows of keys and values. */
export function TagFields({ tags, errorOf = () => undefined, onChange }: TagFieldsProps) {
  const change = (at: number, field: keyof Tag, value: string) =>
    onChange(tags.map((tag, index) => (index === at ? { ...tag, [field]: value } : tag)));
  return (
    <fieldset class="tag-fields">
      <legend>Tags</legend>
      {tags.map(({ tagKey, tagValue }, at) => (
        // A row has nothing but its place that stays the same while it is typed.
        <div class="tag-row" key={at}>
          <input
            aria-label={`Key of tag ${at + 1}`}
            aria-invalid={errorOf(at, 'tagKey') !== undefined}
            placeholder="Key"
            value={tagKey}
            onInput={({ currentTarget }) => change(at, 'tagKey', currentTarget.value)}
          />
          <input
            aria-label={`Value of tag ${at + 1}`}
            aria-invalid={errorOf(at, 'tagValue') !== undefined}
            placeholder="Value"
            value={tagValue}
            onInput={({ currentTarget }) => change(at, 'tagValue', currentTarget.value)}
          />
          <button
            type="button"
            class="button quiet square"
            aria-label={`Remove tag ${at + 1}`}
            onClick={() => onChange(tags.filter((_, index) => index !== at))}
          >
            <Icon name="cross" />
          </button>
          <Rule
            text={rulesOf([
              ['key', errorOf(at, 'tagKey')],
              ['value', errorOf(at, 'tagValue')],
              ['tag', errorOf(at)],
            ])}
          />
        </div>
      ))}
      <button type="button" class="button small" onClick={() => onChange([...tags, { tagKey: '', tagValue: '' }])}>
        <Icon name="plus" />
        Add a tag
      </button>
    </fieldset>
  );
}

const rulesOf = (rules: ReadonlyArray<readonly [part: string, rule: string | undefined]>): string | undefined =>
  rules.flatMap(([part, rule]) => (rule === undefined ? [] : [`The ${part} ${rule}`])).join('. ') || undefined;
