import type { WireAnswer, WireRequest } from '../wire.ts';
import { type Bundle, bundleConsole } from './bundle.ts';

/** Everything comes from this server. Scripts and styles are files, and no text becomes HTML (trusted types). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/** The files of the page, which are bundled when the first of them is asked for. */
export function createPage() {
  let bundle: Promise<Bundle> | undefined;
  const bundled = (): Promise<Bundle> => {
    bundle ??= bundleConsole();
    return bundle;
  };
  return {
    /** The hash of the files. */
    build: async (): Promise<string> => (await bundled()).build,
    /** The answer with the file that the request names; undefined if it names none. */
    async answer({ method, path, headers }: WireRequest): Promise<WireAnswer | undefined> {
      if (method !== 'GET' && method !== 'HEAD') return undefined;
      const { files } = await bundled();
      const file = Object.hasOwn(files, path) ? files[path] : undefined;
      if (file === undefined) return undefined;
      const isCompressed = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
      return {
        status: 200,
        headers: { ...PAGE_HEADERS, 'content-type': file.type, ...(isCompressed && { 'content-encoding': 'gzip' }) },
        body: isCompressed ? file.compressed : file.body,
      };
    },
  };
}
