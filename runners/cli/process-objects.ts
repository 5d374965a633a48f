/** Objects of buckets as inputs of `process`: brought to a local folder first, checked by their ETags. */
import { mkdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { InputError } from "../../pipeline/model/index.js";
import { downloadPrefix, isS3Address, openStore, parseS3Address } from "../../producer/index.js";
import { formatOfName, type Input } from "../direct/inputs.js";
import type { ProcessOptions } from "./process-options.js";
import { s3Access } from "./s3-options.js";
import type { CliContext } from "./verb.js";

/** Whether any input is in a bucket. */
export function hasObjects({ input }: ProcessOptions): boolean {
  return input.some(isS3Address);
}

/**
 * @param folder where they are brought
 * @param progress is told the bytes that are there
 * @param complain is told of objects that cannot be had; the others are read
 * @throws InputError, UnavailableError, UsageError when none can be had
 */
export async function bringObjects(
  options: ProcessOptions,
  folder: string,
  progress: (bytes: number) => void,
  complain: (error: InputError) => void,
  context: CliContext,
): Promise<Input[]> {
  const { signal, log } = context;
  const inputs: Input[] = [];
  for (const [i, name] of options.input.filter(isS3Address).entries()) {
    const store = await openStore(s3Access(options, context));
    const target = join(folder, `objects-${i}`);
    mkdirSync(target);
    try {
      log.info(`bringing ${name}`);
      const address = parseS3Address(name);
      const onProgress = ({ bytes }: { bytes: number }): void => progress(bytes);
      const { files, failed } = await downloadPrefix({
        store,
        address,
        folder: target,
        signal,
        onProgress,
        log: log.info,
      });
      failed.forEach(complain);
      for (const path of files) inputs.push(await inputOf(path, options));
    } finally {
      store.close();
    }
  }
  return inputs;
}

async function inputOf(path: string, { format }: ProcessOptions): Promise<Input> {
  return { path, format: format === "auto" ? formatOfName(path) : format, size: (await stat(path)).size };
}
