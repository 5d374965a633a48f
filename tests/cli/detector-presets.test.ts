/** Every built-in set-up in simulator, pipeline and judge; a run number chooses the file of a folder. */
import { describe, expect, it } from "vitest";
import { QualityJudge } from "../../dashboard/bridge/quality/judge.js";
import { maskedCells, type DetectorConfig, type WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { chooseDetector } from "../../runners/cli/detector-file.js";
import type { CliContext } from "../../runners/cli/verb.js";
import { scratchFolder } from "../helpers/scratch.js";
import { detectorNamed, setUps } from "../helpers/set-ups.js";
import { validateMessage } from "../reference/validate-message.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const choose = (detector: string, run?: number): DetectorConfig =>
  chooseDetector(
    { detector, ...(run !== undefined && { run }) },
    { folder: scratch.path } as CliContext,
    "bounded",
  ).detector;
function windowsOf(detector: DetectorConfig, count = 3): WindowMessage[] {
  const windows = new SimulatedWindows({ detector, rateHz: 4000 });
  return Array.from({ length: count }, () => windows.next());
}

describe.each(setUps)("the set-up %s", (name, text) => {
  const detector = detectorNamed(scratch, name, text);
  const messages = windowsOf(detector);

  it("gives messages of its own chambers", () => {
    for (const message of messages) {
      const chambers = detector.chambers.map((_, chamber) => String(chamber));
      expect(Object.keys(message.tdc_counts_chamber)).toEqual(chambers);
      expect(Object.keys(message.segment_chamber!)).toEqual(chambers);
      expect(Math.min(...message.hit_count_chamber)).toBeGreaterThan(500);
      expect(message.detector).toBe(name === "legnaro-1-2-1" ? undefined : detector.name);
      // Channels given as a list are not consecutive.
      const complaints = validateMessage(message).filter((text) => !text.includes("follow each other"));
      expect(complaints).toEqual([]);
    }
  });

  it("has muons in every chamber, with the simulated efficiency", () => {
    for (const chamber of detector.chambers.keys()) {
      const sums = messages.map(({ segment_chamber }) => segment_chamber![String(chamber)]!);
      const found = sums.reduce((sum, one) => sum + one.four_hit, 0);
      const missed = sums.flatMap(({ layer_missed }) => layer_missed).reduce((sum, one) => sum + one, 0);
      expect(found).toBeGreaterThan(100);
      expect(found / (found + missed / 4)).toBeGreaterThan(0.93);
    }
  });

  it("is judged good", () => {
    const judge = new QualityJudge({ detector });
    let quality = judge.quality;
    for (const message of messages) quality = judge.takeWindow(message, message.window.end_ms);
    expect(quality!.chambers).toHaveLength(detector.chambers.length);
    expect(quality!.findings.filter(({ state }) => state === "bad" || state === "warning")).toEqual([]);
    expect(detector.chambers.flatMap(maskedCells)).toHaveLength(name === "eight" ? 8 : 0);
  });
});

describe("a folder of detector files", () => {
  it("gives the file that is valid for the run", () => {
    scratch.write(
      "runs/old.yaml",
      "name: old\nvalid: { from-run: 1, to-run: 99 }\ndrift-velocity-um-per-ns: 51\n",
    );
    scratch.write("runs/one.yaml", "name: one\nvalid: { runs: [57] }\ndrift-velocity-um-per-ns: 52\n");
    const folder = scratch.write("runs/new.yaml", "drift-velocity-um-per-ns: 53\n").replace("/new.yaml", "");
    expect([1, 57, 99, 100].map((run) => choose(folder, run).name)).toEqual(["old", "one", "old", "new"]);
    expect(() => choose(folder)).toThrow("is a folder: select one of its files with --run N");
    expect(() => chooseDetector({ detector: folder }, { folder } as CliContext)).toThrow(
      "is a folder, but a streaming job has only one configuration: name one of its files",
    );
    scratch.write("runs/other.yaml", "drift-velocity-um-per-ns: 54\n");
    expect(() => choose(folder, 100)).toThrow("new.yaml and other.yaml are both valid for run 100");
  });
});

describe("a malicious detector file", () => {
  const map = (cells: string): string =>
    `chambers:\n  - height-mm: 0\n    view: phi\n    drift-offset-ns: 0\n    map:\n${cells}`;
  const cell = (channel: number, wire: number, layer = 1): string =>
    `      - { fpga: 0, channel: ${channel}, layer: ${layer}, wire: ${wire} }\n`;
  it.each([
    [map(cell(1, 16)), "6: wire: must be a whole number from 0 to 15, not 16"],
    [map(cell(1, 3) + cell(1, 4)), "7: channel: FPGA 0, channel 1 is used twice, by chamber 0 and chamber 0"],
    [map(cell(1, 3) + cell(2, 3)), "7: wire: layer 1, wire 3 is listed twice"],
    [map(cell(1, 3)).replace("phi", "up"), '3: view: must be one of phi, theta, not "up"'],
    ["chambers: []", "1: chambers: must be a list of 1 to 8, not a list"],
    ["readout:\n  heads: { 2: t0 }", "2: 2: is already the HEAD of hits"],
    ["readout: { bx-ns: fast }", '1: bx-ns: must be a number from 1 to 1000, not "fast"'],
    ["timing: { sources: [] }\nscintillator: { fpga: 1, channel: 3 }", "2: scintillator: give either"],
    [
      "timing:\n  sources: []\n  coincidences:\n    - { name: a, sources: [b, c], within-ns: 5 }",
      "4: sources: no source is called b; timing sources: none",
    ],
    ["valid: { from-run: 9, to-run: 3 }", "1: to-run: must be at least from-run 9, not 3"],
    [
      "macrocells:\n  - { fpga: 0, chamber: 8, shift-mm: 1 }",
      "2: chamber: must be a whole number from 0 to 7, not 8",
    ],
  ])("%j gives a one-line error", async (text, message) => {
    const path = scratch.write("wrong.yaml", text);
    const { code, stderr } = await runCli(["config", "check", path]);
    expect(code).toBe(2);
    expect(stderr).toContain(`muonitor: ${path}:${message}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("muonitor detector draw", () => {
  it("draws every channel of a set-up", async () => {
    const { code, stdout } = await runCli(["detector", "draw", "bologna-2022"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<svg /);
    expect(stdout.match(/<rect /g)).toHaveLength(1 + 128);
    for (const pin of [222, 0, 147, 33, 69]) expect(stdout).toContain(`>${pin}</text>`);
    expect(stdout).toContain("timing scintillator: FPGA 0, channel 228, gives t0");
  });
});
