import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'event-trackers-';
const SOCKET = 'dynamodb';

/** Creates a folder for a socket. mkdtemp sets its mode to 0700, so no other user of the machine can reach the socket. */
export function newSocket(): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  // Windows uses named pipes instead.
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/[\\/:]/g, '-')}` : join(folder, SOCKET);
  return { folder, path };
}

/** Removes the socket folders of killed runtimes, on whose sockets no process listens. */
export async function removeDeadSockets(): Promise<void> {
  const folders = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name));
  await Promise.all(folders.filter(holdsSocket).map(removeIfDead));
}

/** Whether the folder has a socket that is older than any startup takes. A starting runtime may not listen yet. */
function holdsSocket(folder: string): boolean {
  try {
    const socket = lstatSync(join(folder, SOCKET), { throwIfNoEntry: false });
    return socket?.isSocket() === true && Date.now() - socket.mtimeMs > 10_000;
  } catch (error) {
    // It belongs to another user, or is not a folder.
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'ENOTDIR'))
      return false;
    throw error;
  }
}

function removeIfDead(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(join(folder, SOCKET), () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') rmSync(folder, { recursive: true, force: true });
      resolve();
    });
  });
}
