import { once } from 'node:events';
import { request } from 'node:http';

/** Sends a complete request and disconnects before it can read the answer, like a client that loses its network. */
export async function abandoned(
  { apiUrl }: { apiUrl: string },
  path: string,
  token: string,
  body: object,
): Promise<void> {
  const text = JSON.stringify(body);
  const outgoing = request(`${apiUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    },
  });
  outgoing.on('error', () => {});
  outgoing.end(text);
  await once(outgoing, 'finish');
  outgoing.destroy();
}
