/** Idle timeouts for the bodies of responses. */
import { Readable } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import { UnavailableError } from "../../pipeline/model/index.js";

/** Chunks of a stream; fails if the next chunk does not arrive within `silenceMs`. */
export async function* audible(
  body: Readable,
  silenceMs: number,
  silent = (): Error => new UnavailableError(`no data for ${silenceMs / 1000} s`),
): AsyncGenerator<Uint8Array> {
  const giveUp = (): void => void body.destroy(silent());
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const timer = setTimeout(giveUp, silenceMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

/** The SDK's timeout covers only the headers of a response; this one covers the bodies read by the SDK, except objects. */
export function refuseSilence(client: Sdk.S3Client, silenceMs: number): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: unknown };
        const isObject = commandName === "GetObjectCommand" && response.statusCode < 300;
        if (!isObject && response.body instanceof Readable)
          response.body = Readable.from(audible(response.body, silenceMs, timedOut));
        return result;
      },
    { step: "deserialize", priority: "low", name: "refuseSilence" },
  );
}

/** The SDK retries after an error with this name. */
function timedOut(): Error {
  return Object.assign(new Error("the response ended early"), { name: "TimeoutError" });
}
