/*
 * Loads a bundle as Lambda does, calls it, and sends the CPU time of each phase to its parent. It is JavaScript, because stripping types
 * would be part of what is measured. Arguments: the bundle, its requests (a JSON file), and how many of them warm it up.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , bundle, requests, warmUp] = process.argv;
const events = JSON.parse(readFileSync(requests, 'utf8'));
const context = { functionName: 'f', awsRequestId: 'r', getRemainingTimeInMillis: () => 30_000 };

/** Milliseconds of CPU since `before`, of all threads. */
const cpuSince = (before) => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

async function request(event) {
  const { statusCode, body } = await handler(event, context);
  if (statusCode !== 202) throw new Error(`${bundle} answered ${statusCode}: ${body}`);
}

const started = process.cpuUsage();
const { handler } = await import(pathToFileURL(bundle).href);
const measured = { import: cpuSince(started) };
const [first, ...others] = events;
if (first) {
  await request(first);
  measured.first = cpuSince(started);
  for (const event of others.slice(0, warmUp)) await request(event);
  const warm = others.slice(warmUp);
  const before = process.cpuUsage();
  for (const event of warm) await request(event);
  measured.warm = cpuSince(before) / warm.length;
}
process.send(measured, () => process.exit());
