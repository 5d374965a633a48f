/** Builds the files needed by tests of code that runs in a separate process or thread. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "../../infra/bootstrap.js";
import { buildNode, buildPage } from "../../infra/bootstrap/build.js";

/** Updates the build of the Node part; fast if nothing changed. */
export async function buildNodePart(): Promise<void> {
  await prepare(root, [buildNode], new AbortController().signal);
}

/** Like {@link buildNodePart}, with the page. */
export async function buildWithPage(): Promise<void> {
  await prepare(root, [buildNode, buildPage], new AbortController().signal);
}

export function builtUrl(path: string): string {
  return pathToFileURL(join(root, "build", path)).href;
}
