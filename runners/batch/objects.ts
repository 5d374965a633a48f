/** Downloads objects of buckets to a local folder as inputs of a bounded run and checks their ETags. */
import { mkdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { InputError } from "../../pipeline/model/index.js";
import { downloadPrefix, openStore, parseS3Address, type S3Access } from "../../producer/index.js";
import { formatOfName, inLayout, type FileFormat, type Input } from "../input/inputs.js";
import type { LayoutInputs } from "../../producer/layouts/index.js";

export interface ObjectInputs {
  /** Each s3://BUCKET/PREFIX; all objects under the prefix are read. */
  addresses: readonly string[];
  access: S3Access;
  format: FileFormat;
  /** Adapter that converts the objects to our rows; null if they already contain our rows. */
  layout: LayoutInputs | null;
}

export interface ObjectReport {
  /** Called with the number of bytes present so far. */
  progress: (bytes: number) => void;
  /** Called for each object that cannot be read; the others are read. */
  complain: (error: InputError) => void;
  log: (line: string) => void;
}

/**
 * @param folder destination of the downloads
 * @throws InputError, UnavailableError, UsageError when no object can be read
 */
export async function bringObjects(
  { addresses, access, format, layout }: ObjectInputs,
  folder: string,
  { progress, complain, log }: ObjectReport,
  signal: AbortSignal,
): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const [i, name] of addresses.entries()) {
    const store = await openStore(access);
    const target = join(folder, `objects-${i}`);
    mkdirSync(target);
    try {
      log(`downloading ${name}`);
      const { files, failed } = await downloadPrefix({
        store,
        address: parseS3Address(name),
        folder: target,
        signal,
        onProgress: ({ bytes }) => progress(bytes),
        log,
      });
      failed.forEach(complain);
      for (const path of files) inputs.push(await inputOf(path, format));
    } finally {
      store.close();
    }
  }
  return inLayout(inputs, layout);
}

async function inputOf(path: string, format: FileFormat): Promise<Input> {
  return { path, format: format === "auto" ? formatOfName(path) : format, size: (await stat(path)).size };
}
