declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The options that the local runtime uses. Times are in milliseconds. dynalite's readme lists the others. */
  interface DynaliteOptions {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  /** Creates a server that does not listen yet. Its `close` also closes the store, but only if the server was listening. */
  export default function dynalite(options: DynaliteOptions): Server;
}
