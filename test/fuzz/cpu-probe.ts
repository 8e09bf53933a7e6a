import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * Loaded into a runtime with NODE_OPTIONS. It measures how long the event loop is blocked, in CPU time of its thread, so other processes do
 * not affect the result. It serves the longest block since the last request, in milliseconds, at the URL that it writes to PROBE_FILE.
 */
let longest = 0;
let before = process.threadCpuUsage();
function tick(): void {
  const now = process.threadCpuUsage();
  longest = Math.max(longest, (now.user - before.user + now.system - before.system) / 1000);
  before = now;
}
setInterval(tick, 2).unref();
const file = process.env.PROBE_FILE;
if (file !== undefined) {
  const server = createServer((_request, response) => {
    tick();
    response.end(String(longest));
    longest = 0;
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') writeFileSync(file, `http://127.0.0.1:${address?.port}`);
  });
  server.unref();
}
