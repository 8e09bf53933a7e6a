import { useEffect, useState } from 'preact/hooks';
import { announce } from '../state/announce.ts';
import { Icon } from './icon.tsx';

/** Copies a text. @param label what is copied, for example `Copy the ARN` */
export function Copy({ text, label, children }: { text: () => string; label: string; children?: string }) {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [isDone]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setDone(true);
      announce('Copied.');
    } catch {
      announce('The browser did not allow copying.', true);
    }
  };
  return (
    <button
      type="button"
      class={children ? 'button small' : 'button quiet small square'}
      aria-label={children ? undefined : label}
      title={label}
      onClick={copy}
    >
      <Icon name={isDone ? 'check' : 'copy'} />
      {children}
    </button>
  );
}
