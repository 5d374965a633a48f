/** Reads the body of a request. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./answer.js";

/**
 * The whole body as sent. If it is too long, the rest is read and dropped, because unread bytes would block the next
 * request on the connection.
 * @param what description of the expected body, for the refusal: "the rows uncompressed"
 * @throws HttpError 415 if it is compressed, 413 as soon as it is longer than `maxBytes`
 */
export async function readBody(request: IncomingMessage, maxBytes: number, what: string): Promise<Buffer> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new HttpError(415, `content-encoding ${encoding} is not supported, send ${what}`);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) break;
    chunks.push(chunk);
  }
  if (length > maxBytes) {
    request.resume();
    throw new HttpError(413, `the body is longer than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks);
}

/**
 * The JSON object in a body.
 * @throws HttpError as {@link readBody}; also 415 for another content type, 400 for anything but an object
 */
export async function readJsonObject(request: IncomingMessage, maxBytes: number): Promise<object> {
  // Forms on other sites cannot send this content type without a preflight request.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new HttpError(415, "the body must be application/json");
  const bytes = await readBody(request, maxBytes, "the body uncompressed");
  const value = parsed(bytes.toString());
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new HttpError(400, "the body must be a JSON object");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
