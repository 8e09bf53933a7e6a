import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** The machine and how busy it is, in a few words. */
export function machine(): string {
  const processors = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg()[0]?.toFixed(1);
  return `${processors.length} × ${processors[0]?.model.trim() || arch()}, ${gigabytes} GB, ${platform()} ${release()}, load ${load}`;
}
