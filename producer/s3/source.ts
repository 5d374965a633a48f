/** Objects of a bucket as inputs of rows, in the order of their keys. */
import { InputError } from "../../pipeline/model/index.js";
import type { StreamInput } from "../replay/stream-source.js";
import { s3Url, type S3Address } from "./address.js";
import { readObjectContent } from "./object-stream.js";
import type { S3Store } from "./store.js";

interface S3InputOptions {
  signal?: AbortSignal;
  /** Called for each retry after a broken connection. */
  log?: (line: string) => void;
}

/** @throws InputError if there is no such object */
export async function s3Inputs(
  store: S3Store,
  address: S3Address,
  { signal, log = () => undefined }: S3InputOptions = {},
): Promise<StreamInput[]> {
  const inputs: StreamInput[] = [];
  for await (const object of store.list(address, signal)) {
    const name = s3Url(object.bucket, object.key);
    const onRetry = (reason: string): void => log(`${name}: ${reason}; resuming where it stopped`);
    inputs.push({
      name,
      size: object.size,
      version: object.etag,
      open: () => readObjectContent(store, object, { ...(signal && { signal }), onRetry }),
    });
  }
  if (inputs.length === 0)
    throw new InputError(s3Url(address.bucket, address.prefix), "no object has this name or prefix");
  return inputs;
}
