/** Reading the body of a request. */
import type { IncomingMessage } from "node:http";

/**
 * The whole body; null as soon as it is longer than `maxBytes`. The rest is then read and dropped: on a connection with
 * unread bytes the next request would hang.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) break;
    chunks.push(chunk);
  }
  if (length > maxBytes) {
    request.resume();
    return null;
  }
  return Buffer.concat(chunks);
}
