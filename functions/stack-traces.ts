import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/*
 * Stack traces name the sources, not the bundle. Only bundles contain this module. Node's `--enable-source-maps` reads every map when it
 * loads the code, which takes as long as a fifth of the code itself; here a map is read when the first stack trace is formatted.
 */

const maps = new Map<string, SourceMap | undefined>();

/** The map beside the code; undefined if there is none. */
function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) maps.set(url, readMap(url));
  return maps.get(url);
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    // Of Node's own modules; and no fault of a map may hide the error.
    return undefined;
  }
}

/** The place of a call in the sources: `functions/workflow/Observe.lambda.ts:42:7`. */
function originOf(call: NodeJS.CallSite | undefined) {
  const [url, line, column] = [call?.getFileName(), call?.getLineNumber(), call?.getColumnNumber()];
  const origin = url && line && column ? mapOf(url)?.findOrigin(line, column) : undefined;
  if (origin === undefined || !('fileName' in origin)) return undefined;
  const source = origin.fileName.replace(/^(?:\.\.\/)+/, '');
  return { name: origin.name, place: `${source}:${origin.lineNumber}:${origin.columnNumber}` };
}

/** A line of a stack trace. The code's own names are minified: a function is named as its caller names it, if the caller is known. */
function inSource(call: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): string {
  const origin = originOf(call);
  if (origin === undefined) return String(call);
  const name = originOf(caller)?.name ?? call.getFunctionName();
  return name ? `${name} (${origin.place})` : origin.place;
}

Error.prepareStackTrace = (error, calls) =>
  [Error.prototype.toString.call(error), ...calls.map((call, index) => inSource(call, calls[index + 1]))].join(
    '\n    at ',
  );
