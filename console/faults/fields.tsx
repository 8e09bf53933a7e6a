import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Problem } from '../wire/api.ts';

/** The number that a text is, or else the text: the runtime then says what is wrong with it. */
export const numberOr = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);

interface FieldProps {
  readonly label: string;
  /** Its name in the rules of a problem. */
  readonly name: string;
  readonly problem: Problem | undefined;
  readonly hint?: string;
  readonly children: (attributes: {
    readonly id: string;
    readonly 'aria-invalid': boolean;
    readonly 'aria-describedby': string;
  }) => ComponentChildren;
}

/** A control with its label, and the rule that its value breaks. */
export function Field({ label, name, problem, hint, children }: FieldProps) {
  const id = useId();
  const rules = problem?.errors.filter(({ field }) => field === name || field.startsWith(`${name}.`)) ?? [];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-invalid': rules.length > 0, 'aria-describedby': `${id}-note` })}
      <p id={`${id}-note`} class={rules.length > 0 ? 'field-rule' : 'muted'}>
        {rules.length > 0 ? rules.map(({ rule }) => rule).join('; ') : hint}
      </p>
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isNumber?: boolean;
  readonly placeholder?: string;
  /** The id of a list of suggestions. */
  readonly list?: string;
}

export function TextField({ value, onChange, isNumber = false, placeholder, list, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <input
          {...attributes}
          value={value}
          placeholder={placeholder}
          list={list}
          inputMode={isNumber ? 'decimal' : undefined}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps extends Omit<FieldProps, 'children'> {
  readonly value: string;
  readonly values: readonly (string | readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

export function Choice({ value, values, onChange, ...field }: ChoiceProps) {
  return (
    <Field {...field}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {values.map((each) => {
            const [key, text] = typeof each === 'string' ? [each, each] : each;
            return (
              <option key={key} value={key}>
                {text}
              </option>
            );
          })}
        </select>
      )}
    </Field>
  );
}
