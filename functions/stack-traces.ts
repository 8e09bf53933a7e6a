import { readFileSync } from 'node:fs';
import { SourceMap, type SourceOrigin } from 'node:module';
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

/** Where a call is in the sources; undefined if no map knows it. */
function originOf(call: NodeJS.CallSite | undefined): SourceOrigin | undefined {
  const [url, line, column] = [call?.getFileName(), call?.getLineNumber(), call?.getColumnNumber()];
  const origin = url && line && column ? mapOf(url)?.findOrigin(line, column) : undefined;
  return origin !== undefined && isKnown(origin) ? origin : undefined;
}

/** Node returns an empty object for a place that is not in the map. */
const isKnown = (origin: SourceOrigin | object): origin is SourceOrigin => 'fileName' in origin;

/** A line of a stack trace. The code's own names are minified: a function is named as its caller names it, if the caller is known. */
function inSource(call: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): string {
  const origin = originOf(call);
  if (origin === undefined) return String(call);
  const { fileName, lineNumber, columnNumber } = origin;
  const place = `${fileName.replace(/^(?:\.\.\/)+/, '')}:${lineNumber}:${columnNumber}`;
  const name = originOf(caller)?.name ?? call.getFunctionName();
  return name ? `${name} (${place})` : place;
}

Error.prepareStackTrace = (error, calls) =>
  [Error.prototype.toString.call(error), ...calls.map((call, index) => inSource(call, calls[index + 1]))].join(
    '\n    at ',
  );
