import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import { api, type EventTracker } from '../wire/api.ts';
import { TagsDialog } from './tags-dialog.tsx';

/** What can be asked of a tracker, through the API. */
export function Actions({ tracker }: { readonly tracker: EventTracker }) {
  const [dialog, setDialog] = useState<'delete' | 'tags' | undefined>(undefined);
  const retry = useAction();
  const { trackerId, status, updateFailure } = tracker;
  const canRetry = status === 'CREATE FAILED' || updateFailure !== undefined;
  const isGone = status === 'DELETED' || status === 'RELEASED';
  return (
    <>
      <div class="actions">
        {canRetry && (
          <button
            type="button"
            class="button primary"
            disabled={retry.isRunning}
            onClick={() => retry.run(() => api.retry(trackerId), 'The retry was accepted.')}
          >
            <Icon name="retry" />
            Retry
          </button>
        )}
        <button type="button" class="button" disabled={status !== 'ACTIVE'} onClick={() => setDialog('tags')}>
          <Icon name="tag" />
          Change tags
        </button>
        <button type="button" class="button" disabled={isGone} onClick={() => setDialog('delete')}>
          <Icon name="trash" />
          Delete
        </button>
      </div>
      {retry.problem && <ProblemNote problem={retry.problem} />}
      {dialog === 'delete' && <DeleteDialog tracker={tracker} onClose={() => setDialog(undefined)} />}
      {dialog === 'tags' && <TagsDialog tracker={tracker} onClose={() => setDialog(undefined)} />}
    </>
  );
}

function DeleteDialog({ tracker, onClose }: { readonly tracker: EventTracker; readonly onClose: () => void }) {
  const { isRunning, problem, run } = useAction();
  const { trackerId, name, adopted } = tracker;
  const remove = async (destroy: boolean) => {
    if (await run(() => api.remove(trackerId, destroy), 'The request was accepted.')) onClose();
  };
  return (
    <Dialog title={`Delete ${name}?`} onClose={onClose}>
      <p>
        {adopted
          ? 'This event tracker was adopted. Releasing it leaves it in Personalize; destroying it deletes it there, too.'
          : 'Personalize deletes the event tracker. Its tracking ID stops working.'}
      </p>
      {problem && <ProblemNote problem={problem} />}
      <div class="actions">
        {adopted && (
          <button type="button" class="button" disabled={isRunning} onClick={() => remove(false)}>
            Release
          </button>
        )}
        <button type="button" class="button danger" disabled={isRunning} onClick={() => remove(adopted ?? false)}>
          {adopted ? 'Destroy' : 'Delete'}
        </button>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
