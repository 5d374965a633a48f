import { describe, expect, test } from "vitest";
import {
  activeFaults,
  checkDetectorFault,
  defaultDetector,
  detectorFaultNames,
  drawFault,
  faultKind,
  faultWords,
  noFaults,
  parseFault,
  UsageError,
  type AnyDetectorFault,
  type DetectorFault,
} from "../../pipeline/model/index.js";
import { Random } from "../../producer/random.js";

const parse = (text: string): DetectorFault => parseFault(text, defaultDetector);

describe("a fault as text", () => {
  test("has kind, places, strength and times", () => {
    expect(parse("layer_loss,chamber=2, layer=3,strength=0.3,from_s=60,to_s=90.5,random=true")).toEqual({
      kind: "layer_loss",
      chamber: 2,
      layer: 3,
      strength: 0.3,
      from_s: 60,
      to_s: 90.5,
      random: true,
    });
    expect(parse("no_words")).toEqual({ kind: "no_words" });
  });

  test.each([
    ["layer_los", /^kind must be one of chamber_loss, .*, not "layer_los"$/],
    ["layer_loss,chamber=2", "layer_loss.layer must be an integer 1..4, not undefined"],
    ["layer_loss,chamber=4,layer=1", "layer_loss.chamber must be an integer 0..3, not 4"],
    ["layer_loss,chamber=two,layer=1", 'layer_loss.chamber must be an integer 0..3, not "two"'],
    ["layer_loss,chamber=,layer=1", 'layer_loss.chamber must be an integer 0..3, not ""'],
    ["bx_offset,fpga=2", "bx_offset.fpga must be one of 0, 1, not 2"],
    ["bx_offset,fpga=1,strength=6.5", "bx_offset.strength must be an integer -100..100, not 6.5"],
    ["hot_cell,chamber=0,cell=6,strength=10001", "hot_cell.strength must be a number 0..10000, not 10001"],
    ["no_words,strength=1", /^no_words must be an object of kind, from_s/],
    ["rate,from_s=-1", "rate.from_s must be a number 0..2592000, not -1"],
    ["rate,from_s=5,to_s=5", "rate.to_s must be above from_s (5), not 5"],
    ["rate,period_s=0", "rate.period_s must be a number 0.05..2592000, not 0"],
    ["rate,random=1", "rate.random must be true or false, not 1"],
    [
      "chambers_exchanged,chamber=1,other_chamber=1",
      /^chambers_exchanged must be between two different places/,
    ],
    [
      "cables_exchanged,chamber=1,cable=2,other_chamber=1,other_cable=2",
      /^cables_exchanged must be between two/,
    ],
  ])("%s is refused in one line", (text, line) => {
    expect(() => parse(text)).toThrow(UsageError);
    expect(() => parse(text)).toThrow(line);
  });
});

test("the text of a fault names kind, places and strength", () => {
  expect(faultWords({ kind: "layer_loss", chamber: 2, layer: 3 })).toBe(
    "Layer loses hits: chamber 2, layer 3, remaining hits 30 %",
  );
  expect(faultWords({ kind: "no_words" })).toBe("No trigger words");
  expect(faultWords({ kind: "tdc_bit", fpga: 1, tdc_bit: 0, strength: 1 })).toBe(
    "TDC bit stuck: FPGA 1, TDC bit 0, stuck at 1",
  );
});

test("active faults are named by their kind", () => {
  expect(activeFaults(noFaults)).toEqual([]);
  expect(
    activeFaults({ ...noFaults, stall: true, detector: [{ kind: "rate" }, { kind: "no_words" }] }),
  ).toEqual(["rate", "no_words", "stall"]);
});

test("random faults pass the checks, are of every kind, and sometimes are no fault", () => {
  const random = new Random(1);
  const drawn = Array.from({ length: 4000 }, () => drawFault(() => random.uniform(), defaultDetector));
  const faults = drawn.filter((fault) => fault !== null);
  expect(Math.abs(faults.length / 4000 - 7 / 8)).toBeLessThan(0.03);
  for (const fault of faults) checkDetectorFault(fault, defaultDetector);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(detectorFaultNames));
  const chambers = faults.map((fault: AnyDetectorFault) => fault.chamber).filter((one) => one !== undefined);
  expect(new Set(chambers)).toEqual(new Set([0, 1, 2, 3]));
});

test("usual and example strengths are within the limits of their kind", () => {
  for (const kind of detectorFaultNames) {
    const { strength } = faultKind(kind);
    if (strength === null) continue;
    const { lower, upper, usual, examples = [] } = strength;
    for (const value of [usual, ...examples]) {
      expect(value, kind).toBeGreaterThanOrEqual(lower);
      expect(value, kind).toBeLessThanOrEqual(upper);
    }
  }
});
