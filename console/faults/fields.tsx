import { Labeled } from '../request-form/fields.tsx';
import type { Problem } from '../wire/api.ts';

/** The number that a text is, or else the text: the runtime then says what is wrong with it. */
export const numberOr = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);

interface FieldProps {
  readonly label: string;
  /** Its name in the rules of a problem. */
  readonly name: string;
  readonly problem: Problem | undefined;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The rules of a control path that this value breaks. */
function ruleOf(problem: Problem | undefined, name: string): string | undefined {
  const rules = problem?.errors.filter(({ field }) => field === name || field.startsWith(`${name}.`)) ?? [];
  return rules.length === 0 ? undefined : rules.map(({ rule }) => rule).join('; ');
}

interface TextFieldProps extends FieldProps {
  readonly isNumber?: boolean;
  /** The id of a list of suggestions. */
  readonly list?: string | undefined;
}

/** A text or a number, which the runtime validates. */
export function TextField({ label, name, problem, hint, value, onChange, isNumber = false, list }: TextFieldProps) {
  return (
    <Labeled label={label} schema={{ description: hint }} text="" error={ruleOf(problem, name)}>
      {(described) => (
        <input
          {...described}
          value={value}
          list={list}
          inputMode={isNumber ? 'decimal' : undefined}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Labeled>
  );
}

interface ChoiceProps extends FieldProps {
  readonly values: readonly (readonly [value: string, text: string])[];
}

export function Choice({ label, name, problem, hint, value, values, onChange }: ChoiceProps) {
  return (
    <Labeled label={label} schema={{ description: hint }} text="" error={ruleOf(problem, name)}>
      {(described) => (
        <select {...described} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {values.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Labeled>
  );
}

export const named = (values: readonly string[]): (readonly [string, string])[] => values.map((each) => [each, each]);
