/** The issuer does not answer, or not with what it must. No token can be judged, so this is no refusal. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
}

const TIMEOUT_MS = 3_000;
/** The keys of an issuer are some kilobytes. */
const MAX_BYTES = 1024 * 1024;

/** Reads a document of the issuer; a second time if there was no answer. @throws IssuerError */
export async function readIssuerDocument(url: string): Promise<ArrayBuffer> {
  try {
    return await readOnce(url);
  } catch (error) {
    if (!(error instanceof IssuerError && error.cause !== undefined)) throw error;
    return readOnce(url);
  }
}

async function readOnce(url: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new IssuerError(`${url} answered ${response.status}`);
    const document = await response.arrayBuffer();
    if (document.byteLength > MAX_BYTES) throw new IssuerError(`${url} is larger than ${MAX_BYTES} bytes`);
    return document;
  } catch (error) {
    // What fetch throws without an answer.
    const isSilence = error instanceof TypeError || error instanceof DOMException;
    throw isSilence ? new IssuerError(`${url} does not answer`, { cause: error }) : error;
  }
}
