import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * Loaded into a runtime by NODE_OPTIONS. Measures how long its event loop is blocked, in CPU time of its thread, so that other processes
 * cannot lengthen it. At the URL that it writes to PROBE_FILE, it answers with the longest block since the last request, in milliseconds;
 * at `/reference` with the CPU time of a fixed computation, which shows the speed of the machine.
 */
let longest = 0;
let before = process.threadCpuUsage();

const millisecondsSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage();
  return (user - start.user + system - start.system) / 1000;
};
function tick(): void {
  longest = Math.max(longest, millisecondsSince(before));
  before = process.threadCpuUsage();
}
function reference(): number {
  const start = process.threadCpuUsage();
  const members = Array.from({ length: 100_000 }, (_, n) => `"${n.toString(36)}":[${n}]`);
  JSON.stringify(JSON.parse(`{${members.join()}}`));
  return millisecondsSince(start);
}

const file = process.env.PROBE_FILE;
if (file !== undefined) {
  setInterval(tick, 2).unref();
  const server = createServer(({ url }, response) => {
    tick();
    response.end(String(url === '/reference' ? reference() : longest));
    longest = 0;
    before = process.threadCpuUsage();
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') writeFileSync(file, `http://127.0.0.1:${address?.port}`);
  });
  server.unref();
}
