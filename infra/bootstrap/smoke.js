// Smoke test on another version of Node: runs the two commands of the README and each verb. The output may contain only
// Muonitor's own lines.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../bootstrap.js";
import { runQuietly, signalGroup } from "./child.js";
import { print } from "./progress.js";

/** @typedef {{ node: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} Place */
/** @typedef {{ name: string, run: (place: Place, folder: string) => Promise<string> }} Trial returns its output, throws when it fails */

const startTimeoutMs = 180_000;
/** Node's own output. */
const foreign = /\(node:\d+\)|\(Use `node --trace|\bWarning: /;

const input = "tests/golden/examples/few-rows.txt";

/**
 * @param {Place} place
 * @param {string[]} tests that `npm test` runs
 * @returns {Promise<import("./nodes.js").Tally>}
 */
export async function smoke(place, tests) {
  const folder = mkdtempSync(join(tmpdir(), "muonitor-smoke-"));
  const tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const trial of [...(await helpOfEachVerb(place)), ...uses, npmStart, npmTest(tests)]) {
      const fault = await faultOf(trial, place, folder);
      if (fault === null) tally.passed += 1;
      else tally.failed += 1;
      if (fault !== null) console.log(`FAILED ${trial.name}: ${fault}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}

/**
 * @param {Trial} trial
 * @param {Place} place
 * @param {string} folder
 */
async function faultOf(trial, place, folder) {
  try {
    const output = await trial.run(place, folder);
    const line = output.split("\n").find((one) => foreign.test(one));
    return line ?? null;
  } catch (error) {
    place.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * A trial that runs a verb to its end.
 * @param {string[]} args
 * @param {number[]} codes expected exit codes
 * @returns {Trial}
 */
function verb(args, codes = [0]) {
  return {
    name: `muonitor ${args.join(" ")}`,
    run: async ({ node, env, signal }, folder) => {
      const own = { ...env, MUONITOR_STATE_DIR: folder };
      const { code, output } = await runQuietly(node, ["infra/muonitor.js", ...args], {
        cwd: root,
        env: own,
        signal,
      });
      if (!codes.includes(code)) throw new Error(`exit code ${code}: ${output.trim().split("\n").at(-1)}`);
      return output;
    },
  };
}

/**
 * @param {Place} place
 * @returns {Promise<Trial[]>}
 */
async function helpOfEachVerb(place) {
  const help = await verb(["--help"]).run(place, tmpdir());
  const verbs = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z]+) /gm)].map((match) =>
    String(match[1]),
  );
  if (verbs.length < 10) throw new Error("muonitor --help lists no verbs");
  return verbs.map((name) => verb([name, "--help"]));
}

/** A closed port, at which verbs fail with exit code 1. */
const nowhere = "127.0.0.1:1";
const uses = [
  verb(["process", "--input", input, "--output", "-"]),
  verb(["config", "show", "cloud"]),
  verb(["completion", "bash"]),
  verb(["doctor"], [0, 1]),
  verb(["status"], [1]),
  verb(["down"], [0, 1]),
  verb(["jobs", "--flink-master", nowhere], [1]),
  verb(["topics", "list", "--bootstrap-servers", nowhere], [1]),
];

/** @type {Trial} */
const npmStart = {
  name: "npm start, the page, Ctrl-C",
  run: async ({ env, signal }, folder) => {
    const args = ["start", "--", "--port", "0", "--state-dir", join(folder, "state")];
    const child = spawn("npm", args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const ended = new Promise((resolve) => child.once("close", resolve));
    /** @param {NodeJS.Signals} name */
    const kill = (name) => signalGroup(child, name);
    const giveUp = setTimeout(() => kill("SIGKILL"), startTimeoutMs);
    const stop = () => kill("SIGKILL");
    signal.addEventListener("abort", stop);
    try {
      /** @type {Promise<string>} */
      const address = new Promise((resolve, reject) => {
        /** @param {Buffer} chunk */
        const read = (chunk) => {
          output += chunk;
          const found = /live at (http:\S+)/.exec(output)?.[1];
          if (found !== undefined) resolve(found);
        };
        child.stdout.on("data", read);
        child.stderr.on("data", read);
        child.once("close", () => reject(new Error(`ended before the page was up: ${output.slice(-300)}`)));
      });
      const page = await fetch(await address);
      if (!page.ok || !(await page.text()).includes("<title>"))
        throw new Error(`the page responds with HTTP status ${page.status}`);
      kill("SIGINT");
      await ended;
      return output;
    } finally {
      clearTimeout(giveUp);
      signal.removeEventListener("abort", stop);
      kill("SIGKILL");
    }
  },
};

/**
 * @param {string[]} tests
 * @returns {Trial}
 */
function npmTest(tests) {
  return {
    name: `npm test -- ${tests.join(" ")}`,
    run: async ({ env, signal }) => {
      const { code, output } = await runQuietly("npm", ["test", "--", ...tests], { cwd: root, env, signal });
      const lines = output.trim().split("\n");
      for (const failure of lines.filter((line) => line.startsWith("FAILED "))) console.log(failure);
      const closing = lines.at(-1) ?? "";
      print(closing);
      if (code !== 0) throw new Error(closing);
      return output;
    },
  };
}
