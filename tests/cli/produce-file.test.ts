/** `produce --to-file`: the rows of a source as a file. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
/** The TDC column of trigger words can be negative and have decimals. */
const row = /^\d,\d,\d+,\d+,\d+,-?\d+(\.\d+)?$/;
const simulated = ["produce", "--rate", "0", "--telescope", "legnaro-real"];

describe("produce --to-file", () => {
  it("writes the rows of the simulator, which process reads", async () => {
    const file = join(scratch.folder("rows"), "rows.txt");
    const written = await runCli([...simulated, "--limit", "20000", "--to-file", file]);
    expect(written).toEqual({ code: 0, stdout: "", stderr: `20000 rows written to ${file}\n` });
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(20_000);
    expect(lines.filter((line) => !row.test(line))).toEqual([]);
    const { code, stdout } = await runCli(["process", "--input", file]);
    expect(code).toBe(0);
    const messages = stdout.trimEnd().split("\n");
    const rows = messages.map((line) => (JSON.parse(line) as { ledger: { rows: number } }).ledger.rows);
    expect(rows.reduce((sum, one) => sum + one, 0)).toBe(20_000);
  });

  it("writes rows to standard output, and nothing else", async () => {
    const { code, stdout, stderr } = await runCli([...simulated, "--limit", "50", "--to-file", "-"]);
    expect([code, stderr]).toEqual([0, "50 rows written to standard output\n"]);
    expect(stdout.trimEnd().split("\n")).toEqual(
      Array.from({ length: 50 }, () => expect.stringMatching(row)),
    );
  });

  it("writes the rows of inputs unchanged", async () => {
    const folder = scratch.folder("inputs");
    const [first, second] = ["2,0,1,100,7,3\n2,0,2,100,8,4\n", "bad row\n2,1,1,101,9,5\n"];
    writeFileSync(join(folder, "a.txt"), first);
    writeFileSync(join(folder, "b.txt"), second);
    const inputs = ["--input", "a.txt", "--input", "b.txt"];
    const options = { folder };
    expect(
      await runCli(["produce", "--rate", "0", ...inputs, "--to-file", "all.csv"], options),
    ).toMatchObject({
      code: 0,
      stderr: "4 rows written to all.csv\n",
    });
    expect(readFileSync(join(folder, "all.csv"), "utf8")).toBe(first + second);
    const over = await runCli(["produce", ...inputs, "--to-file", "b.txt"], options);
    expect(over).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("would overwrite the input b.txt"),
    });
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe(second);
  });

  it("completes the file of an endless source on Ctrl-C, and removes that of an interrupted one", async () => {
    const folder = scratch.folder("endless");
    const output = ["--to-file", "rows.txt"];
    const endless = await runCli(["produce", "--rate", "20000", ...output], stopped(folder));
    expect(endless.code).toBe(0);
    expect(endless.stderr).toMatch(/^\d+ rows written to rows.txt\n$/);
    const lines = readFileSync(join(folder, "rows.txt"), "utf8").trimEnd().split("\n");
    expect(lines.filter((line) => !row.test(line))).toEqual([]);
    expect(lines).toHaveLength(Number(/^\d+/.exec(endless.stderr)?.[0]));
    const other = scratch.folder("limited");
    const limited = await runCli(
      ["produce", "--rate", "20000", "--limit", "9000000", ...output],
      stopped(other),
    );
    expect(limited.code).toBe(130);
    expect(readdirSync(other)).toEqual([]);
  });

  it("ends quietly when the reader of standard output has enough", async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("closed"), { code: "EPIPE" })),
    });
    stdout.on("error", () => undefined);
    const outcome = await runCli([...simulated, "--limit", "50", "--to-file", "-"], { stdout });
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
  });

  it("does not need the Kafka that the environment names", async () => {
    const folder = scratch.folder("kafka");
    const env = { MUONITOR_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
    const args = [...simulated, "--limit", "50", "--to-file", "rows.txt"];
    expect(await runCli(args, { folder, env })).toMatchObject({
      code: 0,
      stderr: "50 rows written to rows.txt\n",
    });
  });
});

/** Ctrl-C soon after the first rows are in the draft of the file. */
function stopped(folder: string): { folder: string; signal: AbortSignal } {
  const controller = new AbortController();
  const look = setInterval(() => {
    const [draft] = readdirSync(folder);
    if (draft === undefined || readFileSync(join(folder, draft)).length === 0) return;
    clearInterval(look);
    controller.abort();
  }, 10);
  return { folder, signal: controller.signal };
}
