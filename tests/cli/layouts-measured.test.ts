/** Measured and generated inputs of the field, processed with their own set-ups, against numbers counted by hand. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { runCli } from "./run-cli.js";

const field = fileURLToPath(new URL("../../../shared/data/field/", import.meta.url));

async function processed(file: string, ...args: string[]): Promise<WindowMessage[]> {
  const { code, stdout, stderr } = await runCli(["process", "--input", `${field}${file}`, ...args]);
  expect([code, stderr]).toEqual([0, expect.stringContaining("rows = 0 malformed")]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => ({ ...(JSON.parse(line) as WindowMessage), emitted_ms: 0 }));
}

// The inputs have no licence and are therefore not part of the project.
describe.skipIf(!existsSync(field))("inputs of the field", () => {
  it("run 591 gives the same windows as text and as words", async () => {
    const text = await processed(
      "padova-2019-run591-v1.txt",
      "--layout",
      "padova-2019-text",
      "--window",
      "1",
    );
    const words = await processed("padova-2019-run591-v1.dat", "--layout", "padova-dat", "--window", "1");
    expect(words).toEqual(text);
    const rows = readFileSync(`${field}padova-2019-run591-v1.txt`, "utf8").trim().split("\n").slice(1);
    const channels = rows.map((row) => row.split(",").map(Number) as [number, number, number]);
    const ofChamber = (fpga: number, from: number): number =>
      channels.filter(([, f, channel]) => f === fpga && channel > from && channel <= from + 64).length;
    const counts = [ofChamber(0, 0), ofChamber(0, 64), ofChamber(1, 0), ofChamber(1, 64)];
    const sum = counts.map((_, chamber) =>
      text.reduce((all, one) => all + (one.hit_count_chamber[chamber] ?? 0), 0),
    );
    expect(sum).toEqual(counts);
    expect(text.every(({ run }) => run === undefined)).toBe(true);
  });

  it("a message of the DAQ belongs to run 591", async () => {
    const windows = await processed("made-kafka-full-dma-message.dat", "--layout", "padova-dma");
    expect(windows.map(({ run, msg_ID, ledger }) => [run, msg_ID, ledger.rows])).toEqual([[591, 0, 128]]);
  });

  it.each(["v2", "v3"])("trigger words in format %s are in the window of their hits", async (version) => {
    const windows = await processed(`made-${version}-words.dat`, "--layout", "padova-dat");
    // Orbit 617095 is at 54.98 s.
    expect(windows.map(({ msg_ID, hit_count, ledger }) => [msg_ID, hit_count, ledger.rows])).toEqual([
      [10, 4, 7],
    ]);
  });

  it("the Bologna sample has six hits in two chambers and three scintillator signals", async () => {
    const [window, ...others] = await processed(
      "made-bologna-2022.txt",
      "--layout",
      "bologna-2022",
      "--detector",
      "bologna-2022",
    );
    expect(others).toEqual([]);
    // At 12.4 s; connector a is chamber 7, connector e chamber 8.
    expect(window).toMatchObject({ msg_ID: 2, hit_count: 6, hit_count_chamber: [4, 2] });
    expect(window?.ledger).toMatchObject({ rows: 9, unmapped: 0, scintillator: 3, hits: 6 });
    expect(window?.orbit_last).toBe((window?.orbit_first ?? 0) + 4079);
  });

  it("the SND sample has two hits in each chamber, the last one orbit after the others", async () => {
    const [window, ...others] = await processed(
      "made-snd-2025-records.json",
      "--layout",
      "snd-2025",
      "--detector",
      "snd-2025",
    );
    expect(others).toEqual([]);
    // 524287 x 88.92 us = 46.62 s.
    expect(window).toMatchObject({ msg_ID: 9, hit_count: 4, hit_count_chamber: [2, 2], orbit_count: 2 });
    expect([window?.orbit_first, window?.orbit_last]).toEqual([524287, 524288]);
  });

  it("the generated run has its run number, and trigger words in addition to the hits", async () => {
    const windows = await processed("generator-2020-v1-seven-columns.txt", "--layout", "padova-2019-text");
    const rows = readFileSync(`${field}generator-2020-v1-seven-columns.txt`, "utf8").trim().split("\n");
    const count = (head: number): number => rows.filter((row) => row.startsWith(`${head},`)).length;
    expect(windows.map(({ run }) => run)).toEqual(windows.map(() => 1));
    expect(windows.reduce((sum, { ledger }) => sum + ledger.head_rejected, 0)).toBe(count(3));
    expect(windows.reduce((sum, { ledger }) => sum + ledger.rows, 0)).toBe(count(1) + count(3));
  });
});
