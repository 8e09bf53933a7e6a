import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'event-trackers-';
const SOCKET = 'dynamodb';

/** A new folder for a socket, and the socket's path. mkdtemp makes it 0700, so that no other user of the machine reaches the socket. */
export function newSocket(): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  // Windows has pipes instead.
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/[\\/:]/g, '-')}` : join(folder, SOCKET);
  return { folder, path };
}

/** Removes the socket folders of runtimes that were killed: nobody listens on their sockets. */
export async function removeDeadSockets(): Promise<void> {
  const folders = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name));
  await Promise.all(folders.filter(holdsSocket).map(removeIfDead));
}

/** Whether the folder holds a socket that is older than a start takes: a starting runtime may not listen yet. */
function holdsSocket(folder: string): boolean {
  try {
    const socket = lstatSync(join(folder, SOCKET), { throwIfNoEntry: false });
    return socket?.isSocket() === true && Date.now() - socket.mtimeMs > 10_000;
  } catch (error) {
    // The folder of another user, or no folder.
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
