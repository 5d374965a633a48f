/**
 * The entry of a thread: runs its bundle with the code that V8 compiled for it in an earlier run,
 * because compiling it takes three times as long as all else that a thread does before its first task.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { threadId, workerData } from "node:worker_threads";

/** Settings of a thread beside those of its run. */
interface ThreadFiles {
  /** See infra/bootstrap/thread.config.js. */
  bundle: string;
}

type Wrapper = (require: NodeJS.Require) => void;

const { bundle } = workerData as ThreadFiles;
const source = `(function (require) {${readFileSync(bundle, "utf8")}\n})`;
// V8 compares only the length of the source, so the file name contains a hash of the content.
const digest = createHash("sha256").update(source).digest("hex").slice(0, 16);
const cache = join(dirname(bundle), `${process.version}-${process.arch}-${digest}.cache`);
const known = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(source, {
  filename: bundle,
  ...(known === undefined ? {} : { cachedData: known }),
});
(script.runInThisContext() as Wrapper)(createRequire(bundle));
if (known === undefined || script.cachedDataRejected === true) keepCode();

/** Best effort: an installation that cannot be written compiles each time. */
function keepCode(): void {
  const draft = `${cache}.${process.pid}-${threadId}`;
  try {
    writeFileSync(draft, script.createCachedData());
    renameSync(draft, cache);
  } catch {
    // Nothing depends on it.
  }
}
