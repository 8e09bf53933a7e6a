import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Resource, temporary } from './synthesized.ts';

/** Loads and calls a handler as the Lambda runtime does. */
const RUNTIME = `
const { pathToFileURL } = await import('node:url');
const [, file, name, event] = process.argv;
const { [name]: handler } = await import(pathToFileURL(file).href);
if (typeof handler !== 'function') throw new Error('no function ' + name + ' in ' + file);
const context = { functionName: 'f', awsRequestId: 'r', getRemainingTimeInMillis: () => 30000 };
process.send((await handler(JSON.parse(event), context)) ?? null, () => process.exit(0));
`;

interface Invoked {
  readonly result?: unknown;
  readonly output: string;
}

/** Runs a function's code in its own process, in a folder with nothing but the code, and with only its own environment. */
export async function invoke(code: string, { Properties }: Resource, event: unknown, awsUrl: string): Promise<Invoked> {
  const folder = mkdtempSync(join(temporary, 'task-'));
  cpSync(code, folder, { recursive: true });
  const { Handler, Environment } = Properties as {
    Handler: string;
    Environment: { Variables: Record<string, string> };
  };
  const [file = '', name = ''] = Handler.split('.');
  const env = {
    ...Environment.Variables,
    // A reference, in the template.
    ACCOUNT_ID: /^\d+$/.exec(Environment.Variables.ACCOUNT_ID ?? '')?.[0] ?? '123456789012',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ACCESS_KEY_ID: 'OF-THE-ROLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_LAMBDA_FUNCTION_NAME: 'f',
    LAMBDA_TASK_ROOT: folder,
  };
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', RUNTIME, join(folder, `${file}.mjs`), name, JSON.stringify(event)],
    { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let output = '';
  let result: unknown;
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  child.on('message', (message) => (result = message));
  await new Promise((resolved) => child.on('close', resolved));
  return { ...(result !== undefined && { result }), output };
}
