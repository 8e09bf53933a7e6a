import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** The latest value; it stays while the next one is loaded. */
  readonly value: T | undefined;
  readonly error: Error | undefined;
}

const NOTHING = { value: undefined, error: undefined };

/**
 * Loads a value, and loads it again when `version` changes: at most one load at a time, and always one after the latest change. When
 * `key` changes, it begins from nothing.
 */
export function useLoaded<T>(key: string, version: number, load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<{ readonly key: string } & Loaded<T>>({ key, ...NOTHING });
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(async () => {
      try {
        const value = await load();
        if (!isOver) setLoaded({ key, value, error: undefined });
      } catch (error) {
        if (isOver) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        setLoaded((before) => ({ key, value: before.key === key ? before.value : undefined, error: failure }));
      }
    }, 40);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key, version]);
  return loaded.key === key ? loaded : NOTHING;
}
