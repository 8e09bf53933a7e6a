import { AwsError, errorAnswer, jsonAnswer, type WireService } from './wire.ts';

/** What a person or a test can have done at once, by the last part of its path. */
export type Runnable = Readonly<Record<string, () => Promise<unknown>>>;

/** `POST /_local/sweep`, `POST /_local/drift`: runs it now, and answers what it did. */
export function runNow(runnable: Runnable): WireService {
  const paths = Object.keys(runnable).map((name) => `/_local/${name}`);
  return async ({ method, path }) => {
    const run = paths.includes(path) ? runnable[path.slice('/_local/'.length)] : undefined;
    if (run === undefined) {
      return errorAnswer(new AwsError('NotFound', `There is nothing here; there are ${paths.join(', ')}.`, 404));
    }
    if (method !== 'POST') return errorAnswer(new AwsError('MethodNotAllowed', `${path} is run by POST.`, 405));
    return jsonAnswer(await run(), 'application/json');
  };
}
