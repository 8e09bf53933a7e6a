import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Rule } from '../parts/rule.tsx';
import { TagFields } from '../trackers/tags-dialog.tsx';
import type { Tag } from '../wire/api.ts';
import { isRecord } from '../wire/http.ts';
import { brokenLimit, type FieldSchema, limitsOf } from './schema.ts';

/** The rules that the API found broken, by the field that its problem names: `name`, `tags[0].tagKey`. */
export type FieldErrors = Readonly<Record<string, string>>;

interface FieldProps {
  /** As problems name it. */
  readonly path: string;
  readonly label: string;
  readonly schema: FieldSchema;
  readonly value: unknown;
  /** Undefined for a field of an object, which may be left out. */
  readonly isRequired?: boolean;
  readonly errors: FieldErrors;
  readonly onChange: (value: unknown) => void;
}

/** `clientContext` becomes `Client context`. */
export function labelOf(name: string): string {
  const words = name.replace(/[A-Z]+/g, (letters) => ` ${letters.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A text for a longer value has several lines. */
const ONE_LINE = 300;

/** The field of one property, by its schema: a text, a number, a box to check, tags, or the fields of an object. */
export function Field(props: FieldProps) {
  const { path, label, schema, value, errors, onChange } = props;
  if (schema.type === 'boolean') return <CheckField {...props} />;
  if (schema.type === 'object') {
    const fields = isRecord(value) ? value : {};
    return (
      <fieldset class="field-group">
        <legend>{label}</legend>
        {schema.description && <p class="hint">{schema.description}</p>}
        {Object.entries(schema.properties ?? {}).map(([name, inner]) => (
          <Field
            key={name}
            path={`${path}.${name}`}
            label={labelOf(name)}
            schema={inner}
            value={fields[name]}
            errors={errors}
            onChange={(changed) => onChange({ ...fields, [name]: changed })}
          />
        ))}
        <Rule text={errors[path]} />
      </fieldset>
    );
  }
  if (schema.type === 'array') {
    const errorOf = (at: number, part?: keyof Tag) => errors[`${path}[${at}]${part ? `.${part}` : ''}`];
    return (
      <div class="field">
        <TagFields tags={Array.isArray(value) ? value : []} errorOf={errorOf} onChange={onChange} />
        <p class="hint">{hintOf(schema.items?.properties?.tagValue ?? {}, schema)}</p>
        <Rule text={errors[path]} />
      </div>
    );
  }
  return <TextField {...props} />;
}

function TextField({ path, label, schema, value, isRequired, errors, onChange }: FieldProps) {
  const text = value === undefined ? '' : String(value);
  const isLong = (schema.maxLength ?? 0) > ONE_LINE;
  const Input = isLong ? 'textarea' : 'input';
  return (
    <Labeled label={label} isRequired={isRequired} schema={schema} text={text} error={errors[path]}>
      {(described) => (
        <Input
          {...described}
          data-field={path}
          autocomplete="off"
          spellcheck={false}
          {...(isLong && { rows: 2 })}
          {...(schema.type === 'integer' && { inputMode: 'numeric' as const })}
          required={isRequired}
          value={text}
          onInput={({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value)}
        />
      )}
    </Labeled>
  );
}

function CheckField({ path, label, schema, value, errors, onChange }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-check">
        <input
          type="checkbox"
          data-field={path}
          checked={value === true}
          aria-invalid={errors[path] !== undefined}
          aria-describedby={id}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
        {label}
      </label>
      <div id={id}>
        {schema.description && <p class="hint">{schema.description}</p>}
        <Rule text={errors[path]} />
      </div>
    </div>
  );
}

/** What the document says of a field: its description and its limits. @param limited what has the limits */
const hintOf = ({ description }: FieldSchema, limited: FieldSchema): string =>
  [description, limitsOf(limited)].filter((each) => each !== undefined).join(' · ');

interface LabeledProps {
  readonly label: string;
  readonly isRequired?: boolean;
  readonly schema: FieldSchema;
  /** What is typed in. */
  readonly text: string;
  readonly error?: string | undefined;
  readonly children: (described: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
  }) => ComponentChildren;
}

/** A field with its label, its limits, and the rule that it breaks: by the API's answer, or else by the schema while it is typed. */
export function Labeled({ label, isRequired, schema, text, error, children }: LabeledProps) {
  const id = useId();
  const broken = error ?? brokenLimit(schema, text);
  const hint = hintOf(schema, schema);
  return (
    <div class="field">
      <div class="field-head">
        <label for={id}>{label}</label>
        {isRequired === false && <span class="optional">optional</span>}
      </div>
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': broken !== undefined })}
      <div id={`${id}-hint`}>
        {hint !== '' && <p class="hint">{hint}</p>}
        <Rule text={broken} />
      </div>
    </div>
  );
}
