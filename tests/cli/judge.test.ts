/** `judge`, `compare` and `process --judge`: windows in files are judged as on the page. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { DetectorFault, WindowMessage } from "../../pipeline/model/index.js";
import type { RunSummary } from "../../dashboard/bridge/index.js";
import { Simulator } from "../../producer/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const lights = [
  ...["whole", "chamber:0", "chamber:1", "chamber:2", "chamber:3"],
  ...["timing:scintillator", "path"],
];
const deadLayer: DetectorFault = { kind: "layer_loss", chamber: 2, layer: 3, strength: 0.3 };
const window0 = 100_000;

interface Line {
  window: number;
  start_ms: number;
  light: string;
  state: string;
  rule: string | null;
  reason: string | null;
  numbers: Record<string, number>;
}

function simulated(count: number, seed: number, fault?: { from: number; to: number }): WindowMessage[] {
  const faults = fault === undefined ? [] : [{ fault: deadLayer, ...fault }];
  const stream = new SimulatedWindows({ seed, faults, firstId: window0 });
  return Array.from({ length: count }, () => stream.next());
}

function write(name: string, messages: readonly object[]): string {
  scratch.write(name, messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  return name;
}

const linesOf = (text: string): Line[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const read = (name: string): string => readFileSync(join(scratch.path, name), "utf8");
const summaryOf = (name: string): RunSummary => JSON.parse(read(name)) as RunSummary;
const judge = (input: string, ...more: string[]): ReturnType<typeof runCli> =>
  runCli(["judge", "--input", input, "--state-dir", "state", ...more], { folder: scratch.path });

let faulty: WindowMessage[];
let good: WindowMessage[];
beforeAll(() => {
  faulty = simulated(40, 1, { from: 20, to: 30 });
  good = simulated(40, 2);
  write("faulty.jsonl", faulty);
  write("good.jsonl", good);
});

describe("judge", () => {
  it("writes a line for every light at the first window, then a line for each change, and a verdict", async () => {
    const { code, stdout } = await judge("faulty.jsonl", "--summary", "summary.json");
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.slice(0, lights.length).map(({ light, window }) => [light, window])).toEqual(
      lights.map((light) => [light, window0]),
    );
    const ofChamber = lines.filter(({ light, window }) => light === "chamber:2" && window >= window0 + 20);
    const [found, ...later] = ofChamber;
    expect(found).toMatchObject({
      state: expect.stringMatching(/^(warning|bad)$/),
      reason: expect.stringContaining("layer 3"),
    });
    expect(found!.window - window0).toBeLessThan(23);
    expect(later.at(-1)).toMatchObject({ state: "good", rule: null, reason: null, numbers: {} });
    const changes = lines.map(({ light, state, rule }) => [light, state, rule].join(" "));
    const again = lines.filter(
      (line, i) => changes.slice(0, i).findLast((one) => one.startsWith(`${line.light} `)) === changes[i],
    );
    expect(again).toEqual([]);

    const {
      verdict,
      windows,
      missing_windows,
      compared_with,
      alarms,
      lights: ofLights,
    } = summaryOf("summary.json");
    expect({ windows, missing_windows }).toEqual({ windows: 40, missing_windows: 0 });
    expect(verdict.state).toBe("good_except");
    expect(verdict.text).toMatch(
      /^good except chamber 2 from \d+-\d\d-\d\dT[\d:]+Z to \d+-\d\d-\d\dT[\d:]+Z$/,
    );
    expect(Object.keys(ofLights)).toEqual(lights);
    const { time, spans } = ofLights["chamber:2"]!;
    expect(Object.values(time).reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
    expect(spans.map(({ state }) => state)).toEqual(expect.arrayContaining(["good", found!.state]));
    expect(spans.reduce((sum, span) => sum + span.windows, 0)).toBe(40);
    expect(alarms.map(({ key }) => key)).toEqual([expect.stringContaining("chamber 2 layer 3")]);
    // The alarm has the times of the light that it changed.
    const span = spans.find(({ state }) => state === found!.state)!;
    expect(alarms[0]).toMatchObject({ from_ms: span.from_ms, to_ms: span.to_ms });
    expect(alarms[0]!.after_ms).toBeLessThan(span.from_ms);
    expect(compared_with[0]).toBe("physics only");
  });

  it("gives the same lines each time", async () => {
    const [first, second] = [await judge("faulty.jsonl"), await judge("faulty.jsonl")];
    expect(second.stdout).toBe(first.stdout);
  });

  it.each([
    ["faulty.jsonl", "warning", 3],
    ["good.jsonl", "warning", 0],
    ["good.jsonl", "bad", 0],
  ])("%s with --fail-on %s gives exit code %i", async (input, state, expected) => {
    const { code, stderr } = await judge(input, "--fail-on", state);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(/good.*40 windows/)]);
  });

  it("no window with --fail-on does not pass as good", async () => {
    scratch.write("empty.jsonl", "");
    expect((await judge("empty.jsonl", "--fail-on", "bad")).code).toBe(3);
    expect((await judge("empty.jsonl")).code).toBe(0);
  });

  it("compares with a reference from the state folder or a file, and names it", async () => {
    const { code } = await runCli(["compare", "good.jsonl", "faulty.jsonl", "--summary", "compared.json"], {
      folder: scratch.path,
    });
    expect(code).toBe(0);
    expect(summaryOf("compared.json").compared_with).toEqual(["reference good.jsonl"]);
    expect(await judge("good.jsonl", "--reference", "nothing")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--reference nothing: no such file or reference"),
    });
    expect(await judge("good.jsonl", "--reference", "good.jsonl")).toMatchObject({ code: 1 });
  });

  it("omits windows that are not good from the reference of compare, and counts them", async () => {
    const { code, stderr } = await runCli(["compare", "faulty.jsonl", "good.jsonl"], {
      folder: scratch.path,
    });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/faulty\.jsonl: \d+ windows are not good and are excluded/),
    ]);
  });

  it("uses the newest revision of a window", async () => {
    const revised = good.flatMap((message, i) =>
      i === 5
        ? [
            { ...message, revision: 0, hit_count: message.hit_count },
            { ...message, revision: 1 },
          ]
        : [message],
    );
    write("revised.jsonl", revised);
    const [plain, corrected] = [await judge("good.jsonl"), await judge("revised.jsonl")];
    expect(corrected).toMatchObject({ code: 0, stdout: plain.stdout });
  });

  it("reports no data from the third window of a gap on", async () => {
    write("gap.jsonl", [...good.slice(0, 20), ...good.slice(26)]);
    const { stdout } = await judge("gap.jsonl", "--summary", "gap.json");
    const silent = linesOf(stdout).filter(({ state, window }) => state === "no_data" && window > window0);
    expect(silent.map(({ light }) => light)).toEqual(lights);
    expect(new Set(silent.map(({ window }) => window))).toEqual(new Set([window0 + 22]));
    const { missing_windows, lights: ofLights } = summaryOf("gap.json");
    expect(missing_windows).toBe(6);
    expect(ofLights["whole"]!.time.no_data).toBeCloseTo(4 / 40, 9);
    write("small-gap.jsonl", [...good.slice(0, 20), ...good.slice(22)]);
    expect((await judge("small-gap.jsonl")).stdout).not.toContain("no_data");
  });

  it.each([
    [
      "windows that are not in order",
      () => [good[3]!, good[2]!],
      /disorder\.jsonl: message 2: .*windows must be in order/,
    ],
    [
      "invalid JSON",
      () => ["{"],
      /disorder\.jsonl: line 1 is not a window message as written by muonitor process: /,
    ],
    ["another message", () => [good[0]!, { msg_ID: 3 }], /disorder\.jsonl: line 2: not a message/],
  ])("rejects %s with the line number", async (_, content, message) => {
    const text = content().map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
    scratch.write("disorder.jsonl", `${text.join("\n")}\n`);
    const { code, stderr } = await judge("disorder.jsonl", "--output", "none.jsonl");
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(() => read("none.jsonl")).toThrow();
  });

  it.each([
    ["missing input", "absent.jsonl", "absent.jsonl: cannot be read: no such file or directory"],
    ["directory", ".", ": cannot be read: is a directory"],
  ])("reports a %s in one line", async (_, name, message) => {
    const { code, stderr } = await judge(name);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).toMatch(/^[^\n]*\n$/);
  });

  it("does not report a run as good that has too few hits to be judged", async () => {
    write(
      "few.jsonl",
      [1, 2, 3].map((id) => makeMessage({ id, orbits: 2 })),
    );
    const { code, stderr } = await judge("few.jsonl", "--summary", "few.json");
    expect([code, stderr]).toEqual([0, expect.stringContaining("not judged: too few hits")]);
    expect((JSON.parse(read("few.json")) as RunSummary).verdict).toEqual({
      ...{ state: "no_data", text: "not judged: too few hits", good_ms: [] },
    });
  });

  it("refuses to overwrite its input", async () => {
    const { code, stderr } = await judge("good.jsonl", "--output", "good.jsonl");
    expect([code, stderr]).toEqual([2, expect.stringContaining("would overwrite the input")]);
  });

  it("judges windows without segments", async () => {
    write(
      "plain.jsonl",
      [1, 2, 3].map((id) => makeMessage({ id, even: true })),
    );
    expect((await judge("plain.jsonl")).code).toBe(0);
  });

  it("judges at least 500 windows/s", async () => {
    // CPU time, because the machine may be busy.
    const began = process.cpuUsage();
    await judge("good.jsonl");
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000 / 40).toBeLessThan(5 * 2 + 25);
  });
});

describe("process --judge", () => {
  it("writes the same lines and summary as judge for its windows", async () => {
    const rows = join(scratch.path, "rows.csv");
    scratch.write(
      "rows.csv",
      new Simulator({ seed: 4, rateHz: 1000, firstOrbit: 1_000_000 }).next(60_000).bytes,
    );
    const outputs = ["--output", "windows.jsonl", "--judge", "lines.jsonl", "--judge-summary", "run.json"];
    const { code, stderr } = await runCli(["process", "--input", rows, ...outputs], { folder: scratch.path });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/good.*windows/)]);
    expect((await judge("windows.jsonl", "--summary", "judged.json")).stdout).toBe(read("lines.jsonl"));
    expect(summaryOf("run.json")).toEqual(summaryOf("judged.json"));
    expect(summaryOf("run.json").verdict.text).not.toContain("1970");
  });

  it("does not report a run as good if an input ended too early", async () => {
    const { bytes } = new Simulator({ seed: 4, rateHz: 1000, firstOrbit: 1_000_000 }).next(60_000);
    const packed = gzipSync(bytes);
    scratch.write("cut.csv.gz", packed.subarray(0, packed.length - 100));
    const line = ["process", "--input", "cut.csv.gz", "--output", "cut.jsonl"];
    const outputs = ["--judge", "cut-lines.jsonl", "--judge-summary", "cut.json"];
    const { code, stderr } = await runCli([...line, ...outputs], { folder: scratch.path });
    const text = "good, but an input could not be read completely";
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${text}:`)]);
    const summary = summaryOf("cut.json");
    expect(summary.verdict).toMatchObject({ state: "good_except", text });
    expect(summary.unreadable).toEqual([join(scratch.path, "cut.csv.gz")]);
  });

  it.each(["--judge-summary", "--reference", "--rules", "--fail-on"])("is required by %s", async (option) => {
    const value = option === "--fail-on" ? "bad" : "x";
    const { code, stderr } = await runCli(["process", "--input", "good.jsonl", option, value], {
      folder: scratch.path,
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${option} needs --judge`)]);
  });
});
