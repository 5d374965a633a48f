import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { comparable } from "../reference/compare.js";
import { type MarkedProcess, startMarked } from "./marked-process.js";
import { readmeCommand } from "./readme.js";

/** A newcomer's first steps: clone, then the README's commands. The clone contains only committed files. */
describe("a fresh clone", () => {
  const folder = mkdtempSync(join(tmpdir(), "muonitor-clone-"));
  const clone = join(folder, "muonitor");
  let running: MarkedProcess | undefined;

  beforeAll(() => {
    execFileSync("git", ["clone", "--quiet", root, clone]);
  });
  afterAll(() => {
    running?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves the page after npm start, and Ctrl-C leaves nothing running", async () => {
    running = startMarked(onAnyPort(readmeCommand("npm start")), clone);
    const address = new URL((await running.waitForOutput(/https?:\/\/[\w.:[\]-]+\/?/))[0]);
    const page = await fetch(address);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("<html");

    running.interrupt();
    expect([0, 130]).toContain(await running.ended);
    await expect.poll(running.leftovers, { timeout: 5_000 }).toEqual([]);
    expect(await isOpen(address)).toBe(false);
  });

  it("processes a file to its known answer, with only data on stdout", async () => {
    const example = "tests/golden/examples/few-rows";
    const options = `--input ${example}.txt --runner direct --time detector --output -`;
    const command = startMarked(`npm run -s muonitor -- process ${options} 2>messages`, clone);
    expect(await command.ended).toBe(0);
    const wanted = readFileSync(join(root, `${example}.windows.jsonl`), "utf8");
    expect(messages(command.output()).map((one) => comparable(one as never))).toEqual(
      messages(wanted).map((one) => comparable(one as never)),
    );
  });

  it("has the command `npm test` in the README", () => {
    expect(readmeCommand("npm test")).toBe("npm test");
  });
});

function onAnyPort(command: string): string {
  return `${command}${command.includes(" -- ") ? "" : " --"} --port 0`;
}

/** The message without its emission time. */
function messages(lines: string): Record<string, unknown>[] {
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), emitted_ms: 0 }));
}

function isOpen({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
