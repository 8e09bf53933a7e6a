import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { NotLoaded } from '../parts/loading.tsx';
import { ProblemNote, useAction } from '../parts/problem.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { runtime } from '../state/feed.ts';
import { goTo } from '../state/route.ts';
import { groupOf } from '../trackers/tracker-list.tsx';
import { ApiProblem, api, type Problem } from '../wire/api.ts';
import { Field, type FieldErrors, labelOf } from './fields.tsx';
import { GroupField } from './group-field.tsx';
import { closeRequestForm, type InitialRequest, requested, requestForm } from './open.ts';
import { type FieldSchema, loadRequestSchema, sentValue, tenantOfGroup } from './schema.ts';

/** The form that requests an event tracker, while it is open. */
export function RequestForm() {
  const initial = requestForm.value;
  const loaded = useLoaded(`schema ${runtime.value?.startedAt} ${initial !== undefined}`, 0, async () =>
    initial === undefined ? undefined : loadRequestSchema(),
  );
  if (initial === undefined) return null;
  return (
    <Dialog title="Request an event tracker" onClose={closeRequestForm}>
      {loaded.value ? <OpenForm schema={loaded.value} initial={initial} /> : <NotLoaded of={loaded} />}
    </Dialog>
  );
}

/** Fields with a place of their own in the form. The others follow as the schema describes them. */
const PLACED = ['name', 'datasetGroupArn', 'tenantId', 'tags'];

function OpenForm({ schema, initial }: { readonly schema: FieldSchema; readonly initial: InitialRequest }) {
  const { properties = {}, required = [] } = schema;
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>(initial);
  const [isPlatform, setPlatform] = useState(false);
  const [isMaking, setMaking] = useState(false);
  const [isMoreOpen, setMoreOpen] = useState(false);
  /** Fields that were changed since the API refused them. */
  const [changed, setChanged] = useState<readonly string[]>([]);
  const { isRunning, problem, run } = useAction();
  const arn = String(values.datasetGroupArn ?? '');
  const tenant = String(values.tenantId ?? tenantOfGroup(groupOf(arn), properties.tenantId ?? {}));
  const errors: FieldErrors = Object.fromEntries(
    (problem?.errors ?? [])
      .filter(({ field }) => !changed.some((each) => isPartOf(field, each)))
      .map(({ field, rule }) => [field, rule]),
  );
  const set = (name: string, value: unknown) => {
    setValues((before) => ({ ...before, [name]: value }));
    setChanged((before) => [...before, name]);
  };
  const more = Object.keys(properties).filter((name) => !PLACED.includes(name));
  const isInMore = problem?.errors.some(({ field }) => more.some((name) => isPartOf(field, name))) ?? false;
  useEffect(() => {
    if (isInMore) setMoreOpen(true);
  }, [problem]);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(problem ? '[aria-invalid="true"]' : '[data-field="name"]')?.focus();
  }, [problem]);

  const send = async (event: Event) => {
    event.preventDefault();
    const sent = (name: string, value: unknown) => [name, sentValue(properties[name] ?? {}, value)] as const;
    const body = Object.fromEntries(
      Object.keys(properties)
        .map((name) => (name === 'tenantId' ? sent(name, isPlatform ? tenant : undefined) : sent(name, values[name])))
        .filter(([, value]) => value !== undefined),
    );
    setChanged([]);
    await run(async () => {
      if (!isPlatform && tenant === '') throw NO_TENANT;
      const { trackerId } = await api.create(body, isPlatform ? undefined : tenant);
      requested.value = trackerId;
      closeRequestForm();
      goTo('trackers', trackerId);
    }, 'The request was accepted.');
  };

  const field = (name: string) => {
    const inner = properties[name];
    if (inner === undefined) return null;
    return (
      <Field
        key={name}
        path={name}
        label={name === 'tenantId' ? 'Tenant' : labelOf(name)}
        schema={name === 'tenantId' ? { ...inner, description: undefined } : inner}
        value={name === 'tenantId' ? tenant : values[name]}
        isRequired={required.includes(name) || name === 'tenantId'}
        errors={errors}
        onChange={(value) => set(name, value)}
      />
    );
  };
  return (
    <form class="request-form" ref={form} noValidate onSubmit={send}>
      {field('name')}
      <GroupField
        arn={arn}
        error={errors.datasetGroupArn}
        onChoose={(chosen) => set('datasetGroupArn', chosen)}
        onMaking={setMaking}
      />
      <div class="field-pair">
        {field('tenantId')}
        <div class="field" role="radiogroup" aria-label="Send as">
          <span class="field-title" aria-hidden="true">
            Send as
          </span>
          <label class="field-check">
            <input type="radio" name="as" checked={!isPlatform} onChange={() => setPlatform(false)} />
            this tenant
          </label>
          <label class="field-check">
            <input type="radio" name="as" checked={isPlatform} onChange={() => setPlatform(true)} />a platform, for it
          </label>
        </div>
      </div>
      {field('tags')}
      <details class="more" open={isMoreOpen} onToggle={({ currentTarget }) => setMoreOpen(currentTarget.open)}>
        <summary>More options</summary>
        {more.map(field)}
      </details>
      {problem && <Refusal problem={problem} placed={Object.keys(properties)} />}
      <div class="actions">
        <button type="submit" class="button primary" disabled={isRunning || isMaking}>
          Request
        </button>
        <button type="button" class="button" onClick={closeRequestForm}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** Whether a path is this field, or inside it. */
const isPartOf = (path: string, name: string): boolean =>
  /^(\.|\[|$)/.test(path.startsWith(name) ? path.slice(name.length) : 'x');

/** Without a name, the runtime would send the request as a platform. */
const NO_TENANT = new ApiProblem({
  status: 400,
  title: 'Invalid request',
  reason: 'INVALID_REQUEST',
  errors: [{ field: 'tenantId', rule: 'is required' }],
});

/** What the API answered. The rules of fields are at their fields. */
function Refusal({ problem, placed }: { readonly problem: Problem; readonly placed: readonly string[] }) {
  const others = problem.errors.filter(({ field }) => !placed.some((name) => isPartOf(field, name)));
  // Its detail would repeat the rules.
  if (problem.reason === 'INVALID_REQUEST' && others.length === 0) {
    return (
      <p class="note tone-bad" role="alert">
        {problem.title}: see the marked fields.
      </p>
    );
  }
  return <ProblemNote problem={{ ...problem, errors: others }} />;
}
