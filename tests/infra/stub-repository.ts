import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execFile, spawn } from "node:child_process";
import { root } from "../../infra/bootstrap.js";

/** A tiny repository with the real infra/, whose npm, compiler and command line are stubs. */
export interface StubRepository {
  readonly path: string;
  write(path: string, text: string): void;
  run(script: string, args?: string[], options?: RunOptions): Promise<Outcome>;
  start(script: string, options?: RunOptions): ReturnType<typeof spawn>;
  remove(): void;
}

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
}

interface Outcome {
  /** The exit code, or the name of the signal that ended the process. */
  code: number | string | null;
  stdout: string;
  stderr: string;
}

const files: Record<string, string> = {
  "package.json": `{ "name": "stub", "type": "module" }`,
  "package-lock.json": `{ "packages": {} }`,
  "pipeline/model/message.schema.json": "{}",
  "pipeline/model/message.ts": "export {};",
  "dashboard/src/main.ts": "export {};",
  "tests/bench/main.ts": "export {};",
  "npm/npm-cli.js": `
    import { mkdirSync, writeFileSync } from "node:fs";
    import { dirname } from "node:path";
    console.log("npm speaks on stdout");
    if (process.env.STUB_NPM_ERROR) {
      console.error(process.env.STUB_NPM_ERROR);
      process.exit(1);
    }
    setTimeout(() => {
      mkdirSync("node_modules/vite/bin", { recursive: true });
      writeFileSync("node_modules/vite/bin/vite.js", "import('" + process.cwd() + "/npm/tool.js')");
      writeFileSync("node_modules/vite/package.json", '{ "type": "module", "exports": "./index.js" }');
      writeFileSync("node_modules/vite/index.js", "export * from '" + process.cwd() + "/npm/tool.js'");
    }, Number(process.env.STUB_NPM_MS ?? 0));
  `,
  "npm/tool.js": `
    import { copyFileSync, mkdirSync } from "node:fs";
    console.log("a tool speaks on stdout");
    if (process.env.STUB_TOOL_ERROR) process.exit(2);
    // Several run at the same time. cpSync would delete the file that another has just written.
    const copy = (folder, name) => {
      mkdirSync(folder, { recursive: true });
      copyFileSync("npm/cli.js", folder + "/" + name);
    };
    copy("build/runners", "cli.js");
    if (!process.argv.includes("--config")) copy("build/page", "index.html");
    export const transformWithOxc = async (code) => ({ code: code + "\\n", map: {} });
  `,
  "npm/cli.js": `
    export async function main(args) {
      console.log(JSON.stringify({ args, caller: process.env.MUONITOR_CALLER_DIR }));
      return 7;
    }
  `,
};

export function stubRepository(): StubRepository {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "muonitor-stub-")));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  cpSync(join(root, "infra"), join(path, "infra"), { recursive: true });
  for (const [name, text] of Object.entries(files)) write(name, text);

  const environment = (options: RunOptions): NodeJS.ProcessEnv => ({
    ...process.env,
    npm_execpath: join(path, "npm/npm-cli.js"),
    ...options.env,
  });
  const scriptPath = (script: string): string => join(path, "infra", script);
  return {
    path,
    write,
    run: (script, args = [], options = {}) =>
      outcome([scriptPath(script), ...args], { cwd: options.cwd ?? path, env: environment(options) }),
    start: (script, options = {}) =>
      spawn(process.execPath, [scriptPath(script)], { cwd: path, env: environment(options) }),
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function outcome(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? child.signalCode, stdout, stderr });
    });
  });
}
