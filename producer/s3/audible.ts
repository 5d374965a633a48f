/** Bodies of answers that fail when they fall silent. */
import { Readable } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import { UnavailableError } from "../../pipeline/model/index.js";

/** Chunks of a stream that fails when none comes for a time while one is waited for. */
export async function* audible(
  body: Readable,
  silenceMs: number,
  silent = (): Error => new UnavailableError(`nothing came for ${silenceMs / 1000} s`),
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

/** The SDK's deadline ends with the headers of an answer; this one is for the bodies that the SDK itself reads, all but objects'. */
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

/** The SDK tries again after an error of this name. */
function timedOut(): Error {
  return Object.assign(new Error("the answer broke off"), { name: "TimeoutError" });
}
