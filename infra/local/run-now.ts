import { AwsError, errorAnswer, jsonAnswer, type WireService } from './wire.ts';

/** The jobs that can be run immediately, by the last part of the path. */
export type Runnable = Readonly<Record<string, () => Promise<unknown>>>;

/** `POST /_local/sweep`, `POST /_local/drift`: runs the job immediately and returns its result. */
export function runNow(runnable: Runnable): WireService {
  const paths = Object.keys(runnable).map((name) => `/_local/${name}`);
  return async ({ method, path }) => {
    const run = paths.includes(path) ? runnable[path.slice('/_local/'.length)] : undefined;
    if (run === undefined) {
      return errorAnswer(new AwsError('NotFound', `Not found. Available paths: ${paths.join(', ')}.`, 404));
    }
    if (method !== 'POST')
      return errorAnswer(new AwsError('MethodNotAllowed', `Method not allowed. ${path} allows POST.`, 405));
    return jsonAnswer(await run(), 'application/json');
  };
}
