/** Another telescope: its file, the hash in its messages, and the same physics with other channel numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultDetector, timeOffsetsNs, type WindowMessage } from "../../pipeline/model/index.js";
import { presetPath } from "../../runners/cli/detector/presets.js";
import { chooseDetector, type DetectorOptions } from "../../runners/cli/detector-file.js";
import type { CliContext } from "../../runners/cli/verb.js";
import { scratchFolder } from "../helpers/scratch.js";
import { validateLine } from "../reference/validate-message.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const defaultDetectorFile = presetPath("legnaro-1-2-1");
const choose = (options: DetectorOptions): ReturnType<typeof chooseDetector> =>
  chooseDetector(options, { folder: scratch.path } as CliContext);
const chosen = (text: string): ReturnType<typeof chooseDetector> =>
  choose({ detector: scratch.write("detector.yaml", text) });

describe("the detector file", () => {
  it("in the package is the default, which has no hash", () => {
    expect(choose({ detector: defaultDetectorFile })).toEqual({
      detector: defaultDetector,
      windowMs: 5000,
      muons: true,
    });
    expect(choose({})).toEqual({ detector: defaultDetector, windowMs: 5000, muons: true });
    expect(chosen("# nothing\n").detector).toEqual(defaultDetector);
  });

  it("can be printed as a template", async () => {
    const { code, stdout } = await runCli(["config", "detector"]);
    expect([code, stdout]).toEqual([0, readFileSync(defaultDetectorFile, "utf8")]);
    expect(JSON.parse((await runCli(["config", "detector", "--schema"])).stdout)).toMatchObject({
      type: "object",
    });
  });

  it("sets the window length, which the command line overrides", () => {
    expect(chosen("window-seconds: 20").windowMs).toBe(20_000);
    expect(choose({ detector: scratch.write("w.yaml", "window-seconds: 20"), window: 3 }).windowMs).toBe(
      3000,
    );
  });

  it("has a hash of its values, not of its text", () => {
    const yaml = chosen("scintillator: { fpga: 2, channel: 7 }\ndrift-velocity-um-per-ns: 54\n").detector;
    const json = chosen(
      '{"drift-velocity-um-per-ns": 54.0, "scintillator": {"channel": 7, "fpga": 2}}',
    ).detector;
    expect(yaml.configHash).toMatch(/^[0-9a-f]{16}$/);
    expect(json.configHash).toBe(yaml.configHash);
    const others = [
      "scintillator: { fpga: 2, channel: 8 }",
      "scintillator: { fpga: 2, channel: 7 }\nwindow-seconds: 6",
    ];
    const hashes = [yaml, ...others.map((text) => chosen(text).detector)].map(({ configHash }) => configHash);
    expect(new Set(hashes).size).toBe(3);
  });

  const chamber = "{ fpga: 0, first-channel: 0, height-mm: 1, rotated: false, drift-offset-ns: 1 }";
  const withMore = (more: string): string =>
    `chambers:\n${`  - ${chamber}\n`.repeat(3)}  - ${chamber.replace(" }", `, ${more} }`)}\n`;
  it.each([
    ["chamber: 1", '1: unknown key "chamber", did you mean "chambers"?'],
    [
      `chambers:\n  - ${chamber.replace("height", "hight")}\n`,
      '2: unknown key "hight-mm", did you mean "height-mm"?',
    ],
    ["# a\nscintillator: { fpga: 9, channel: 1 }", "2: fpga: must be a whole number from 0 to 7, not 9"],
    [`chambers:\n${`  - ${chamber}\n`.repeat(9)}`, "1: chambers: must be a list of 1 to 8, not"],
    [
      `chambers:\n  - ${chamber}\n  - { fpga: 0, first-channel: x, height-mm: 1, rotated: false, drift-offset-ns: 1 }\n  - ${chamber}\n  - ${chamber}\n`,
      '3: first-channel: must be a whole number from 0 to 448, not "x"',
    ],
    [
      `chambers: [${[chamber, chamber, chamber, chamber].join(", ")}]`,
      "1: first-channel: FPGA 0, channel 0 is used twice, by chamber 0 and chamber 1",
    ],
    ["scintillator: { fpga: 0, channel: 5 }", "1: scintillator: FPGA 0, channel 5 is used twice"],
    [
      "drift-time-axis-ns:\n  lower: 10\n  upper: 10\n  bins: 5\n",
      "3: upper: must be above lower 10, not 10",
    ],
    ["scintillator: { fpga: 1 }", "1: scintillator: must have channel"],
    [withMore("layer-offsets-ns: [1, 2, 3]"), "5: layer-offsets-ns: must be a list of 4, not"],
    [withMore("cell-offsets-ns: { 64: 1 }"), '5: unknown key "64"'],
    [withMore("cell-offsets-ns: { 5: x }"), '5: 5: must be a number from -1000 to 1000, not "x"'],
    ["window-seconds: 0", "1: window-seconds: must be a whole number from 1 to 60, not 0"],
  ])("%j is rejected with line and key", async (text, message) => {
    const path = scratch.write("wrong.yaml", text);
    const args = ["process", "--input", scratch.write("none.csv", ""), "--detector", path];
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`muonitor: ${path}:${message}`);
  });
});

describe("offsets of layers and cells", () => {
  const chambers = (more: string): string =>
    `chambers:\n${[0, 64, 128, 192]
      .map(
        (first) =>
          `  - { fpga: 0, first-channel: ${first}, height-mm: 1, rotated: false, drift-offset-ns: 1${more} }\n`,
      )
      .join("")}`;

  it("are read, and change the hash", () => {
    const text = chambers(", layer-offsets-ns: [0, 1.5, -2, 0], cell-offsets-ns: { 17: -3.2, 0: 4 }");
    const { detector } = chosen(text);
    expect(detector.chambers[3]).toMatchObject({
      layerOffsetsNs: [0, 1.5, -2, 0],
      cellOffsetsNs: { 0: 4, 17: -3.2 },
    });
    // Cell 17 is in layer 2, cell 18 in layer 3, cell 0 in layer 4.
    const offsets = timeOffsetsNs(detector.chambers[3]!);
    expect([offsets[17], offsets[18], offsets[0], offsets[3]]).toEqual([1.5 - 3.2, -2, 4, 0]);
    const plain = chosen(chambers("")).detector;
    expect(plain.chambers[0]).not.toHaveProperty("layerOffsetsNs");
    expect(plain.configHash).not.toBe(detector.configHash);
  });

  it("are checked by config check, as the whole detector file", async () => {
    const good = scratch.write("good.yaml", chambers(", layer-offsets-ns: [0, 1, 2, 3]"));
    expect(await runCli(["config", "check", good])).toMatchObject({ code: 0, stdout: `${good} is valid\n` });
    const wrong = scratch.write("bad.yaml", chambers(", layer-offsets-ns: [0, 1, 2, 3000]"));
    const { code, stderr } = await runCli(["config", "check", wrong]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${wrong}:2: 3: must be a number from -1000 to 1000, not 3000`);
  });
});

describe("a telescope with other channels", () => {
  /** Channels of the other telescope that correspond to those of the default chambers. */
  const places = [
    { fpga: 5, first: 200 },
    { fpga: 5, first: 100 },
    { fpga: 0, first: 300 },
    { fpga: 7, first: 0 },
  ];
  const moved = (line: string): string => {
    const fields = line.trimEnd().split(",");
    const [head, fpga, channel] = fields.map(Number) as [number, number, number];
    if (head !== 2 || fields.length !== 6) return line;
    const chamber = defaultDetector.chambers.findIndex(
      (one) => one.fpga === fpga && channel >= one.firstChannel && channel < one.firstChannel + 64,
    );
    const isScintillator = fpga === 1 && channel === 128;
    // Unmapped channels remain unmapped.
    if (chamber < 0 && !isScintillator) return ["2", "3", "3", ...fields.slice(3)].join(",");
    const place = places[chamber];
    const at = place === undefined ? ["6", "6"] : [place.fpga, place.first + (channel % 64)];
    return ["2", ...at, ...fields.slice(3)].join(",");
  };

  it("gives the same messages with its own channel numbers and hash", async () => {
    const lines = places.map(
      ({ fpga, first }, i) =>
        `  - { fpga: ${fpga}, first-channel: ${first}, height-mm: 0, rotated: false, drift-offset-ns: ${defaultDetector.chambers[i]!.driftOffsetNs} }`,
    );
    const detector = scratch.write(
      "other.yaml",
      `chambers:\n${lines.join("\n")}\nscintillator: { fpga: 6, channel: 6 }\n`,
    );
    const sample = readFileSync(new URL("../golden/examples/few-rows.txt", import.meta.url), "utf8");
    const input = scratch.write("other.csv", sample.split("\n").map(moved).join("\n"));
    const here = await messagesOf("--input", scratch.write("here.csv", sample));
    const there = await messagesOf("--input", input, "--detector", detector);
    expect(there.length).toBe(3);
    there.forEach((message, i) => {
      expect(message.config_hash).toMatch(/^[0-9a-f]{16}$/);
      const { config_hash, emitted_ms } = message;
      expect(message).toEqual({ ...relabelled(here[i]!), config_hash, detector: "other", emitted_ms });
    });
  });

  /** The message of the default telescope with the channel numbers of the other telescope. */
  function relabelled(message: WindowMessage): object {
    const channels = (counts: WindowMessage["tdc_counts_chamber"]): object =>
      Object.fromEntries(
        Object.entries(counts).map(([key, value]) => [
          key,
          { ...value, bin_edges: Array.from({ length: 64 }, (__, k) => places[Number(key)]!.first + k) },
        ]),
      );
    return {
      ...message,
      tdc_counts_chamber: channels(message.tdc_counts_chamber),
      scint_tdc_counts_chamber: channels(message.scint_tdc_counts_chamber),
    };
  }

  it("has its own drift times", async () => {
    // 100 ns after the scintillator plus 400 ns of offset, in bins of 50 ns.
    const lines = [400, 0, 0, 0].map(
      (offset, i) =>
        `  - { fpga: 0, first-channel: ${64 * i}, height-mm: 0, rotated: false, drift-offset-ns: ${offset} }`,
    );
    const text = `chambers:\n${lines.join("\n")}\ndrift-time-axis-ns: { lower: 0, upper: 600, bins: 12 }\n`;
    const args = ["--detector", scratch.write("drift.yaml", text), "--input"];
    const [message] = await messagesOf(...args, scratch.write("drift.csv", "2,1,128,7,10,0\n2,0,3,7,14,0\n"));
    const { bin_edges: edges, hist_counts: counts } = message!.drift_time_chamber["0"];
    expect(edges).toHaveLength(13);
    expect(counts).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  });

  async function messagesOf(...args: string[]): Promise<WindowMessage[]> {
    // Without segments: their keys name FPGAs and pairs of chambers, which differ between the telescopes.
    const { code, stdout } = await runCli(["process", "--no-muons", ...args]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    for (const line of lines) expect(validateLine(line)).toEqual([]);
    return lines.map((line) => JSON.parse(line) as WindowMessage);
  }
});
