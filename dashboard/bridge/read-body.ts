/** Reading the body of a request. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./answer.js";

/**
 * The whole body as it was sent. The rest of a body that is too long is read and dropped, because unread bytes would make
 * the next request on the connection hang.
 * @param what name of the body, for the refusal: "the rows as they are"
 * @throws HttpError 415 when it is compressed, 413 as soon as it is longer than `maxBytes`
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
    throw new HttpError(413, `a body has at most ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks);
}

/**
 * The JSON object in a body.
 * @throws HttpError as {@link readBody}, 415 for another type and 400 for anything but an object
 */
export async function readJsonObject(request: IncomingMessage, maxBytes: number): Promise<object> {
  // A form of another site cannot send this type without a preflight request.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new HttpError(415, "the body must be application/json");
  const bytes = await readBody(request, maxBytes, "the body as it is");
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
