/** A time as the AWS CLI prints it: ISO 8601 with the local offset, and with microseconds if there is a fraction of a second. */
export function localIsoTime(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(value).padStart(2, '0');
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const local = new Date(time.getTime() + offset * 60_000).toISOString();
  const fraction = time.getMilliseconds() === 0 ? '' : `.${local.slice(20, 23)}000`;
  return `${local.slice(0, 19)}${fraction}${zone}`;
}
