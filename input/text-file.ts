import { readFileSync } from 'node:fs';

/** A file that can't be read as text. `reason` is the system's code, such as ENOENT, or a sentence. */
export class TextFileError extends Error {
  override readonly name = 'TextFileError';
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * The text of a file in UTF-8 or UTF-16, with or without a byte order mark. Windows PowerShell's `>` writes UTF-16.
 * @throws TextFileError
 */
export function readTextFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new TextFileError(String(error.code));
  }
  const text = decoded(bytes);
  // Text has no NUL. UTF-32 read as UTF-16 or UTF-8 has many.
  if (text?.includes('\0') === false) return text;
  throw new TextFileError('it is neither UTF-8 nor UTF-16 text');
}

/** The text; undefined if the bytes are invalid in their encoding. */
function decoded(bytes: Buffer): string | undefined {
  try {
    // Without ignoreBOM, the decoder removes the byte order mark.
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

function encodingOf([first, second]: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without a byte order mark: the files that are read here begin with an ASCII character, and contain no NUL.
  if (first !== 0 && second === 0) return 'utf-16le';
  return first === 0 && second !== 0 ? 'utf-16be' : 'utf-8';
}
