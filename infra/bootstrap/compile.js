// Compiles the TypeScript files below folders into build/, which mirrors the source tree, file by file and without checking
// types: `npm run typecheck` does that. Usage: `node infra/bootstrap/compile.js FOLDER...`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";
import { filesIn } from "./steps.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = {
  target: "es2022",
  sourcemap: true,
  tsconfig: false,
  // As verbatimModuleSyntax in infra/tsconfig.base.json.
  typescript: { onlyRemoveTypeImports: true },
};

/**
 * Writes only changed files, since other processes may be running the built code, and removes files whose source is gone.
 * @param {string} folder relative to the root
 */
async function compileFolder(folder) {
  const sources = filesIn(root, folder).filter((path) => /(?<!\.d)\.ts$/.test(path));
  const built = new Set((await Promise.all(sources.map(compileFile))).flat());
  for (const path of filesIn(root, `build/${folder}`))
    if (/\.js(\.map)?$/.test(path) && !built.has(path) && !filesIn(root, path.slice("build/".length)).length)
      rmSync(join(root, path));
}

/**
 * @param {string} source relative to the root
 * @returns {Promise<string[]>} the written files, relative to the root
 */
async function compileFile(source) {
  const target = `build/${source.replace(/ts$/, "js")}`;
  const { code, map } = await transformWithOxc(readFileSync(join(root, source), "utf8"), source, options);
  const sources = [relative(dirname(join(root, target)), join(root, source))];
  writeChanged(`${target}.map`, JSON.stringify({ ...map, sources, sourcesContent: undefined }));
  writeChanged(target, `${code}//# sourceMappingURL=${basename(target)}.map\n`);
  return [target, `${target}.map`];
}

/**
 * @param {string} path relative to the root
 * @param {string} text
 */
function writeChanged(path, text) {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  try {
    if (readFileSync(full, "utf8") === text) return;
  } catch {
    // It does not exist yet.
  }
  writeFileSync(full, text);
}

try {
  for (const folder of process.argv.slice(2)) await compileFolder(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
