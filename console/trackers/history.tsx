import { Copy } from '../parts/copy.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { Status } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { api } from '../wire/api.ts';

/** The transitions of a tracker, newest first, with their causes. */
export function History({ trackerId, revision }: { readonly trackerId: string; readonly revision: number }) {
  const history = useLoaded(`history ${trackerId}`, revision, () => api.history(trackerId));
  if (history.value === undefined) return <NotLoaded of={history} />;
  return (
    <ol class="timeline">
      {history.value.toReversed().map(({ at, status, cause, message, awsRequestId, generation }, index) => (
        <li key={`${at} ${cause} ${index}`}>
          <div class="timeline-head">
            <Status status={status} />
            <span class="muted">
              <Time at={Date.parse(at)} /> · generation {generation}
            </span>
          </div>
          <p>{message}</p>
          <p class="muted">
            <span class="code">{cause}</span>
            {awsRequestId && (
              <>
                {' '}
                · AWS request <span class="code">{awsRequestId}</span>{' '}
                <Copy text={() => awsRequestId} label="Copy the AWS request id" />
              </>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
