import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { HIDDEN } from '../parts/json.tsx';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import type { RequestDetail } from '../protocol.ts';
import { ApiProblem, problemIn } from '../wire/api.ts';
import { callApi, isRecord, parseJson } from '../wire/http.ts';
import { sentHeaders } from './commands.ts';

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'];

/** The tenant that a request was made for, if it was one of a tenant: a platform names it in the request. */
function tenantOf({ target, request, response }: RequestDetail): string {
  const [body, answer] = [parseJson(request.body), parseJson(response.body)];
  const isOfPlatform = target.includes('tenantId=') || (isRecord(body) && 'tenantId' in body);
  return !isOfPlatform && isRecord(answer) && typeof answer.tenantId === 'string' ? answer.tenantId : '';
}

interface SendDialogProps {
  readonly request: RequestDetail;
  /** The body to begin with. */
  readonly body: string;
  readonly onClose: () => void;
}

/** Sends a request again, edited. It is a new one, and appears in the list. */
export function SendDialog({ request, body: before, onClose }: SendDialogProps) {
  const json = parseJson(before);
  const [method, setMethod] = useState(request.method);
  const [target, setTarget] = useState(request.target);
  const [tenant, setTenant] = useState(() => tenantOf(request));
  const [body, setBody] = useState(json === undefined ? before : JSON.stringify(json, null, 2));
  const { isRunning, problem, run } = useAction();
  const send = async (event: Event) => {
    event.preventDefault();
    const isAccepted = await run(async () => {
      const answer = await callApi({
        method,
        target,
        headers: sentHeaders(request.request.headers),
        body,
        ...(tenant !== '' && { tenant }),
      });
      if (answer.status >= 400) throw new ApiProblem(problemIn(answer));
    }, 'The request was sent, and is the newest in the list.');
    if (isAccepted) onClose();
  };
  return (
    <Dialog title="Send again" onClose={onClose}>
      <form class="send-form" onSubmit={send}>
        <label>
          Method
          <select value={method} onChange={({ currentTarget }) => setMethod(currentTarget.value)}>
            {[...new Set([request.method, ...METHODS])].map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Path and query
          <input required value={target} onInput={({ currentTarget }) => setTarget(currentTarget.value)} />
        </label>
        <label>
          As tenant
          <input
            placeholder="none: as a platform"
            value={tenant}
            onInput={({ currentTarget }) => setTenant(currentTarget.value.trim())}
          />
        </label>
        <label>
          Body
          <textarea
            rows={10}
            spellcheck={false}
            value={body}
            onInput={({ currentTarget }) => setBody(currentTarget.value)}
          />
        </label>
        {body.includes(HIDDEN) && <p class="muted">Secrets were left out: type them in again.</p>}
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="submit" class="button primary" disabled={isRunning}>
            Send
          </button>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
