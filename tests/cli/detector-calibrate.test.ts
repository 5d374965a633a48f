/** `detector calibrate` recovers the true offsets and drift velocity of rows from a formula and from the simulator. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { defaultDetector, type DetectorConfig, type WindowMessage } from "../../pipeline/model/index.js";
import type { DetectorFile } from "../../pipeline/model/schema/detector-file.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { makeMessage, seeded } from "../helpers/messages.js";
import { rowAt } from "../helpers/tracks.js";
import { scratchFolder } from "../helpers/scratch.js";
import { encodeCsv } from "../reference/encode.js";
import { layerZ, wireX } from "../reference/segments.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const run = (...args: string[]): ReturnType<typeof runCli> => runCli(args, { folder: scratch.path });
const calibrated = (name: string): Required<DetectorFile> =>
  parse(readFileSync(join(scratch.path, name), "utf8")) as Required<DetectorFile>;

/** Differences of the telescope from the default file. */
interface Truth {
  velocityUmPerNs: number;
  /** True offset minus that in the file, by chamber. */
  offsets: readonly number[];
  /** The same by layer, with mean 0. */
  layers: readonly number[];
}

/** Rows of straight tracks from the drift formula alone: one track per chamber in each orbit, with a timing signal. */
function formulaRows({ velocityUmPerNs, offsets, layers }: Truth, orbits: number): Uint8Array {
  const random = seeded(5);
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
  const rows = Array.from({ length: orbits }, (_, orbit) => {
    const signalNs = 3000 + 40_000 * random();
    const timing = rowAt(0, 0, 1000 + orbit, signalNs);
    const hits = offsets.flatMap((offset, chamber) => {
      const t0 = signalNs - (defaultDetector.chambers[chamber]!.driftOffsetNs + offset);
      const [x, tan] = [240 * (2 * random() - 1), 0.25 * normal()];
      return [1, 2, 3, 4].map((layer) => {
        const at = x + tan * layerZ(layer);
        const wire = Math.round((at - wireX(layer, 0)) / 42);
        const drift = (1000 * Math.abs(at - wireX(layer, wire))) / velocityUmPerNs;
        const cell = wire * 4 + [4, 2, 3, 1].indexOf(layer);
        return rowAt(chamber, cell, 1000 + orbit, t0 + drift - layers[layer - 1]! + 3 * normal());
      });
    });
    return [{ ...timing, fpga: 1, channel: 128 }, ...hits];
  });
  return encodeCsv(rows.flat());
}

describe("detector calibrate", () => {
  const truth: Truth = { velocityUmPerNs: 54.6, offsets: [12, -18, 5, -7], layers: [3, -5, 4, -2] };

  beforeAll(async () => {
    scratch.write("rows.csv", formulaRows(truth, 3000));
    const { code } = await run("process", "--input", "rows.csv", "--output", "windows.jsonl");
    expect(code).toBe(0);
  });

  it("finds the values of the formula; a second calibration with the new file changes nothing", async () => {
    const { code, stderr } = await run(
      "detector",
      "calibrate",
      "--input",
      "windows.jsonl",
      "--output",
      "a.yaml",
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("drift velocity 54.")]);
    const first = calibrated("a.yaml");
    expect(Math.abs(first["drift-velocity-um-per-ns"] - truth.velocityUmPerNs)).toBeLessThan(0.3);
    first.chambers.forEach((chamber, i) => {
      const wanted = defaultDetector.chambers[i]!.driftOffsetNs + truth.offsets[i]!;
      expect(Math.abs(chamber["drift-offset-ns"] - wanted)).toBeLessThan(2);
      truth.layers.forEach((ns, layer) =>
        expect(Math.abs(chamber["layer-offsets-ns"]![layer]! - ns)).toBeLessThan(1.6),
      );
    });
    // The new file is valid, and its times are correct.
    const again = ["--input", "rows.csv", "--output", "again.jsonl", "--detector", "a.yaml"];
    expect((await run("process", ...again)).code).toBe(0);
    const args = ["detector", "calibrate", "--input", "again.jsonl", "--detector", "a.yaml"];
    const second = await run(...args, "--output", "b.yaml");
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain("calibrate again");
    calibrated("b.yaml").chambers.forEach((chamber, i) => {
      const change = chamber["drift-offset-ns"] - first.chambers[i]!["drift-offset-ns"];
      expect(Math.abs(change)).toBeLessThan(1);
    });
    expect((await run("config", "check", "b.yaml")).code).toBe(0);
  });

  it("finds the values of the simulated telescope, and keeps comments and other keys", async () => {
    const telescope: DetectorConfig = {
      ...defaultDetector,
      chambers: defaultDetector.chambers.map((chamber, i) => ({
        ...chamber,
        driftOffsetNs: chamber.driftOffsetNs + [20, -15, 30, -40][i]!,
        layerOffsetsNs: [4, -6, 3, -1],
      })),
    };
    const windows = new SimulatedWindows({
      seed: 3,
      rateHz: 2000,
      telescope,
      detector: defaultDetector,
    }).take(12);
    scratch.write("simulated.jsonl", windows.map((message) => `${JSON.stringify(message)}\n`).join(""));
    const { code, stdout, stderr } = await run("detector", "calibrate", "--input", "simulated.jsonl");
    expect([code, stderr]).toEqual([0, expect.stringContaining("calibrate again")]);
    expect(stdout).toMatch(
      /^# Offsets and drift velocity by muonitor detector calibrate: 12 windows of simulated/,
    );
    expect(stdout).toContain("# Sources: ");
    const file = parse(stdout) as Required<DetectorFile>;
    const others = (content: object): string[] =>
      Object.keys(content).filter((key) => key !== "drift-velocity-um-per-ns");
    const before = (await run("config", "detector")).stdout;
    expect(others(file)).toEqual(others(parse(before) as object));
    file.chambers.forEach((chamber, i) => {
      const wanted = telescope.chambers[i]!;
      expect(Math.abs(chamber["drift-offset-ns"] - wanted.driftOffsetNs)).toBeLessThan(3);
      wanted.layerOffsetsNs!.forEach((ns, layer) =>
        expect(Math.abs(chamber["layer-offsets-ns"]![layer]! - ns)).toBeLessThan(1.6),
      );
    });
  });

  it.each([
    ["too few windows", () => simulated(1, 60), /chamber 0 has \d+ four-hit segments, 300 are needed/],
    ["windows without segments", () => [makeMessage({ id: 3 })], /windows contain no segments/],
    ["nothing", () => [], /few\.jsonl: contains no window/],
    [
      "windows of another set-up",
      () => simulated(1, 60).map((one) => ({ ...one, config_hash: "0123456789abcdef" })),
      /set-up 0123456789abcdef, not with the default detector/,
    ],
  ])("%s give a one-line error", async (_, windows, message) => {
    scratch.write(
      "few.jsonl",
      windows()
        .map((one) => `${JSON.stringify(one)}\n`)
        .join(""),
    );
    const { code, stderr } = await run(
      "detector",
      "calibrate",
      "--input",
      "few.jsonl",
      "--output",
      "no.yaml",
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(() => calibrated("no.yaml")).toThrow();
  });

  it("a t0 far outside the range gives a hint to do the first step of the calibration", async () => {
    const chambers = defaultDetector.chambers.map((chamber) => ({ ...chamber, driftOffsetNs: 700 }));
    const telescope = { ...defaultDetector, chambers };
    const windows = new SimulatedWindows({ telescope, detector: defaultDetector, rateHz: 3000 }).take(3);
    scratch.write("far.jsonl", windows.map((message) => `${JSON.stringify(message)}\n`).join(""));
    const { code, stderr } = await run("detector", "calibrate", "--input", "far.jsonl");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/t0 of chamber 0 is below -200 ns.*by hand/)]);
  });
});

function simulated(count: number, rateHz: number): WindowMessage[] {
  return new SimulatedWindows({ rateHz }).take(count);
}
