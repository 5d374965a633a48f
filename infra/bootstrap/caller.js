import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The folder from which the user called the command; relative paths refer to it. npm runs a script in the package's folder and
 * stores the caller's in INIT_CWD; all descendants inherit that variable, so it counts only for our script.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cwd
 * @param {string} root
 */
export function callerDir(env, cwd, root) {
  const manifest = env["npm_package_json"] ?? "";
  const isOurScript = cwd === root && existsSync(manifest) && dirname(realpathSync(manifest)) === root;
  return (isOurScript && env["INIT_CWD"]) || cwd;
}
