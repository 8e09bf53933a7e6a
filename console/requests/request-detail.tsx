import { useState } from 'preact/hooks';
import { Copy } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { Json, textWithoutSecrets } from '../parts/json.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { preciseText, Time } from '../parts/time.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import type { RequestDetail as Detail, MessagePart } from '../protocol.ts';
import { runtime } from '../state/feed.ts';
import { linkTo } from '../state/route.ts';
import { requestOf } from '../wire/api.ts';
import { parseJson } from '../wire/http.ts';
import { cliOf, curlOf } from './commands.ts';
import { HttpStatus } from './request-list.tsx';
import { SendDialog } from './send-dialog.tsx';

/** One request with its answer. */
export function RequestDetail({ number }: { readonly number: number }) {
  const build = runtime.value?.startedAt ?? 0;
  const loaded = useLoaded(`request ${build} ${number}`, 0, () => requestOf(number));
  return (
    <section class="pane detail-pane" aria-label={`Request ${number}`}>
      {loaded.value ? <Shown request={loaded.value} /> : <NotLoaded of={loaded} />}
    </section>
  );
}

function Shown({ request }: { readonly request: Detail }) {
  const [isEditing, setEditing] = useState(false);
  const { method, target, status, reason, requestId, at, durationMs } = request;
  // Secrets of a body get neither into a copy nor into the form.
  const safe = { method, target, request: { ...request.request, body: textWithoutSecrets(request.request.body) } };
  const apiUrl = runtime.value?.apiUrl ?? '';
  const command = cliOf(safe, apiUrl);
  return (
    <>
      <header class="detail-head">
        <a class="button quiet square only-narrow" href={linkTo('requests')} aria-label="All requests">
          <Icon name="back" />
        </a>
        <h2>
          {method} {target}
        </h2>
        <HttpStatus status={status} />
        <div class="actions">
          <button type="button" class="button primary" onClick={() => setEditing(true)}>
            <Icon name="retry" />
            Edit and send again
          </button>
          <Copy text={() => curlOf(safe, apiUrl)} label="Copy as a curl command">
            curl
          </Copy>
          {command !== undefined && (
            <Copy text={() => command} label="Copy as a command of event-trackers">
              Command line
            </Copy>
          )}
        </div>
      </header>
      <dl class="facts request-facts">
        {reason !== undefined && (
          <>
            <dt>Problem</dt>
            <dd class="code">{reason}</dd>
          </>
        )}
        <dt>Sent</dt>
        <dd>
          <Time at={at} />, answered after {preciseText(durationMs)}
        </dd>
        <dt>Request id</dt>
        <dd class="code">{requestId}</dd>
      </dl>
      <Part title="Request" part={request.request} />
      <Part title="Answer" part={request.response} />
      {isEditing && <SendDialog request={request} body={safe.request.body} onClose={() => setEditing(false)} />}
    </>
  );
}

function Part({ title, part: { headers, body, isCut } }: { readonly title: string; readonly part: MessagePart }) {
  const value = parseJson(body);
  const label = title.toLowerCase();
  return (
    <>
      <h3>{title}</h3>
      <details class="headers">
        <summary>{Object.keys(headers).length} headers</summary>
        <dl class="facts">
          {Object.entries(headers).map(([name, text]) => (
            <>
              <dt class="code">{name}</dt>
              <dd class="code">{text}</dd>
            </>
          ))}
        </dl>
      </details>
      {body === '' && <p class="muted">No body.</p>}
      {body !== '' && value !== undefined && <Json value={value} label={`the body of the ${label}`} />}
      {body !== '' && value === undefined && <pre class="plain">{textWithoutSecrets(body)}</pre>}
      {isCut && <p class="muted">The body is longer: only its first 64 KiB are kept.</p>}
    </>
  );
}
