import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Copy } from './copy.tsx';
import { Icon } from './icon.tsx';

/** Fields whose values are secrets: with one, anybody could send interactions, or complete a task. */
const SECRETS = new Set(['trackingId', 'taskToken', 'SecretString']);
export const HIDDEN = '••••••••';

/** The value with its secrets replaced. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, SECRETS.has(key) ? HIDDEN : withoutSecrets(each)]),
  );
}

/** A text of JSON, or the beginning of one, with its secrets replaced. */
export function textWithoutSecrets(text: string): string {
  return text.replace(/("(?:trackingId|taskToken|SecretString)"\s*:\s*)"(?:[^"\\]|\\.)*"?/g, `$1"${HIDDEN}"`);
}

const hasSecrets = (value: unknown): boolean => JSON.stringify(withoutSecrets(value)) !== JSON.stringify(value);

/** A JSON value, indented and in colors. Secrets are hidden until somebody asks for them; a copy has what is shown. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [areShown, setShown] = useState(false);
  const shown = areShown ? value : withoutSecrets(value);
  return (
    <div class="json">
      <div class="json-tools">
        {hasSecrets(value) && (
          <button type="button" class="button small" aria-pressed={areShown} onClick={() => setShown(!areShown)}>
            <Icon name="eye" />
            {areShown ? 'Hide secrets' : 'Show secrets'}
          </button>
        )}
        <Copy text={() => JSON.stringify(shown, null, 2)} label={`Copy ${label}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>{render(shown, '')}</pre>
      </section>
    </div>
  );
}

function render(value: unknown, indent: string): ComponentChildren {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return ['[\n', ...value.flatMap((each, at) => [at > 0 && ',\n', inner, render(each, inner)]), `\n${indent}]`];
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return [
      '{\n',
      ...entries.flatMap(([key, each], at) => [
        at > 0 && ',\n',
        inner,
        <span class="json-key">{JSON.stringify(key)}</span>,
        ': ',
        render(each, inner),
      ]),
      `\n${indent}}`,
    ];
  }
  const kind = value === HIDDEN ? 'hidden' : typeof value;
  return <span class={`json-${kind}`}>{JSON.stringify(value)}</span>;
}
