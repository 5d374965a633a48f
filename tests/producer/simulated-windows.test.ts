/** Each detector fault has its effect in the window messages, and none after its end. */
import { describe, expect, test } from "vitest";
import { detectorFaultNames } from "../../pipeline/model/index.js";
import type { DetectorFault, WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import type { SimulatedWindowsOptions } from "../../producer/simulated-windows.js";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rateHz = 4000;

/** Found / (found + missed) of a layer. */
function efficiency(message: WindowMessage, chamber: number, layer: number): number {
  const { layer_found, layer_missed } = message.segment_chamber![chamber]!;
  return layer_found[layer - 1]! / (layer_found[layer - 1]! + layer_missed[layer - 1]!);
}
const segments = (message: WindowMessage, chamber: number): number =>
  message.segment_chamber![chamber]!.count;
const cellHits = (message: WindowMessage, chamber: number, cell: number): number =>
  message.tdc_counts_chamber[String(chamber) as "0"].hist_counts[cell]!;
const scintillator = (message: WindowMessage) => message.timing!["scintillator"]!;
function meanOf({
  hist_counts,
  lower,
  upper,
}: {
  hist_counts: number[];
  lower: number;
  upper: number;
}): number {
  const width = (upper - lower) / hist_counts.length;
  return sum(hist_counts.map((count, bin) => count * (lower + (bin + 0.5) * width))) / sum(hist_counts);
}

/** The second of three windows each before, during and after a fault. */
function around(...faults: DetectorFault[]): [WindowMessage, WindowMessage, WindowMessage] {
  const windows = new SimulatedWindows({
    rateHz,
    faults: faults.map((fault) => ({ fault, from: 1, to: 3 })),
  }).take(4);
  return [windows[0]!, windows[2]!, windows[3]!];
}

test("the same options give the same windows; faults do not change other rows", () => {
  const options: SimulatedWindowsOptions = {
    seed: 5,
    faults: [{ fault: { kind: "chamber_loss", chamber: 1 }, from: 1 }],
  };
  const first = new SimulatedWindows(options).take(3);
  expect(new SimulatedWindows(options).take(3)).toEqual(first);
  const healthy = new SimulatedWindows({ seed: 5 }).take(3);
  expect(first[0]).toEqual(healthy[0]);
  for (const chamber of ["0", "2", "3"] as const)
    expect(first[2]!.tdc_counts_chamber[chamber]).toEqual(healthy[2]!.tdc_counts_chamber[chamber]);
});

describe("loss", () => {
  test("chamber_loss", () => {
    const [before, during, after] = around({ kind: "chamber_loss", chamber: 2, strength: 0.6 });
    expect(during.hit_count_chamber[2]! / before.hit_count_chamber[2]!).toBeCloseTo(0.6, 1);
    for (const layer of [1, 2, 3, 4]) expect(efficiency(during, 2, layer)).toBeCloseTo(0.58, 0);
    expect(efficiency(before, 2, 1)).toBeGreaterThan(0.92);
    expect(efficiency(after, 2, 1)).toBeGreaterThan(0.92);
  });

  test("layer_loss", () => {
    const [before, during] = around({ kind: "layer_loss", chamber: 1, layer: 3, strength: 0.3 });
    expect(Math.abs(efficiency(during, 1, 3) - 0.29)).toBeLessThan(0.05);
    expect(efficiency(during, 1, 2)).toBeGreaterThan(0.92);
    expect(efficiency(before, 1, 3)).toBeGreaterThan(0.92);
  });

  test("cells_loss and cell_loss reduce hits of cells", () => {
    const [before, during] = around(
      { kind: "cells_loss", chamber: 0, layer: 4, first_wire: 6, strength: 0 },
      { kind: "cell_loss", chamber: 3, cell: 17, strength: 0.1 },
    );
    const lost = Array.from({ length: 64 }, (_, cell) => cell).filter(
      (cell) => cellHits(during, 0, cell) === 0,
    );
    expect(lost).toEqual([24, 28, 32, 36]);
    expect(cellHits(during, 3, 17)).toBeLessThan(0.3 * cellHits(before, 3, 17));
  });

  test("fpga_loss removes hits, signals and words of one FPGA", () => {
    const [before, during] = around({ kind: "fpga_loss", fpga: 1, strength: 0.6 });
    for (const head of [0, 1, 2, 3, 4, 5]) {
      const rows = (message: WindowMessage, fpga: number) => message.read_out![fpga]!.heads[head]!;
      expect(Math.abs(rows(during, 1) / rows(before, 1) - 0.6)).toBeLessThan(0.08);
      expect(Math.abs(rows(during, 0) / rows(before, 0) - 1)).toBeLessThan(0.08);
    }
    expect(Math.abs(scintillator(during).signals / scintillator(before).signals - 0.6)).toBeLessThan(0.1);
    const [, dead] = around({ kind: "fpga_loss", fpga: 1, strength: 0 });
    expect(dead.read_out![1]).toBeUndefined();
  });

  test("segment_loss keeps the efficiency of the layers", () => {
    const [before, during] = around({ kind: "segment_loss", chamber: 2, strength: 0.6 });
    expect(Math.abs(segments(during, 2) / segments(before, 2) - 0.6)).toBeLessThan(0.1);
    expect(efficiency(during, 2, 2)).toBeGreaterThan(0.92);
  });
});

describe("rates", () => {
  test.each([
    [{ kind: "rate", strength: 0.6 }, 0.6],
    [{ kind: "rate", strength: 1.7 }, 1.7],
    [{ kind: "dead_time", strength: 0.5 }, 0.5],
  ] as [DetectorFault, number][])("%j", (fault, factor) => {
    const [before, during, after] = around(fault);
    for (const of of [(m: WindowMessage) => m.hit_count, (m: WindowMessage) => m.ledger.head_rejected])
      expect(Math.abs(of(during) / of(before) / factor - 1)).toBeLessThan(0.06);
    expect(Math.abs(segments(during, 0) / segments(before, 0) / factor - 1)).toBeLessThan(0.15);
    expect(Math.abs(after.ledger.rows / before.ledger.rows - 1)).toBeLessThan(0.01);
  });
});

describe("time", () => {
  const t0 = (message: WindowMessage, chamber: number) => meanOf(message.segment_chamber![chamber]!.t0_scint);

  test("t0_all, t0_chamber and bx_offset shift t0 relative to the signals", () => {
    const [before, all] = around({ kind: "t0_all", strength: -50 });
    for (const chamber of [0, 1, 2, 3])
      expect(Math.abs(t0(all, chamber) - t0(before, chamber) + 50)).toBeLessThan(4);
    const [, one] = around({ kind: "t0_chamber", chamber: 3, strength: 40 });
    expect(Math.abs(t0(one, 3) - t0(before, 3) - 40)).toBeLessThan(4);
    expect(Math.abs(t0(one, 2) - t0(before, 2))).toBeLessThan(4);
    const [, board] = around({ kind: "bx_offset", fpga: 1, strength: 6 });
    // The signals are read by the same FPGA.
    expect(Math.abs(t0(board, 0) - t0(before, 0) + 150)).toBeLessThan(4);
    expect(Math.abs(t0(board, 2) - t0(before, 2))).toBeLessThan(4);
  });

  test("t0_layer shifts the residuals", () => {
    const [before, during] = around({ kind: "t0_layer", chamber: 2, layer: 2, strength: 30 });
    const residual = (message: WindowMessage) => meanOf(message.segment_chamber![2]!.residual[1]!);
    expect(Math.abs(residual(during) - residual(before))).toBeGreaterThan(0.5);
  });

  test("drift_velocity widens the box", () => {
    const [before, during] = around({ kind: "drift_velocity", chamber: 1, strength: -12 });
    const sums = (message: WindowMessage, chamber: number) =>
      meanOf(message.segment_chamber![chamber]!.mean_timer[0]!);
    expect(Math.abs(sums(during, 1) / sums(before, 1) - 1 / 0.88)).toBeLessThan(0.02);
    expect(Math.abs(sums(during, 2) / sums(before, 2) - 1)).toBeLessThan(0.01);
  });
});

describe("cabling", () => {
  test.each([
    { kind: "layers_exchanged", chamber: 2, layer: 1, other_layer: 3 },
    { kind: "cables_exchanged", chamber: 2, cable: 0, other_chamber: 2, other_cable: 3 },
    { kind: "chamber_mirrored", chamber: 2 },
  ] as DetectorFault[])("%j breaks only segments of its chamber", (fault) => {
    const [before, during] = around(fault);
    const good = (message: WindowMessage, chamber: number) =>
      message.segment_chamber![chamber]!.four_hit / message.hit_count_chamber[chamber]!;
    expect(good(during, 2)).toBeLessThan(0.97 * good(before, 2));
    expect(Math.abs(good(during, 1) / good(before, 1) - 1)).toBeLessThan(0.1);
    expect(Math.abs(during.hit_count_chamber[2]! / before.hit_count_chamber[2]! - 1)).toBeLessThan(0.1);
  });

  test("fpgas_exchanged removes the signals", () => {
    const [before, during] = around({ kind: "fpgas_exchanged" });
    expect(during.ledger.scintillator).toBeLessThan(0.1 * before.ledger.scintillator);
    expect(during.ledger.unmapped).toBeGreaterThan(0.9 * before.ledger.scintillator);
  });

  test("chambers_exchanged breaks the pairs", () => {
    const [before, during] = around({ kind: "chambers_exchanged", chamber: 1, other_chamber: 2 });
    const found = ({ chamber_pair }: WindowMessage) =>
      chamber_pair!["0-2"]!.found / chamber_pair!["0-2"]!.expected;
    expect(found(during)).toBeLessThan(0.7 * found(before));
    expect(segments(during, 1) / segments(before, 1)).toBeGreaterThan(0.8);
  });
});

describe("noise", () => {
  const ratio = (during: WindowMessage, before: WindowMessage, chamber: number) =>
    during.hit_count_chamber[chamber]! / before.hit_count_chamber[chamber]!;

  test("layer_noise and chamber_noise add noise", () => {
    const [before, layer] = around({ kind: "layer_noise", chamber: 0, layer: 2, strength: 3 });
    expect(Math.abs(ratio(layer, before, 0) - 1.5)).toBeLessThan(0.1);
    const [, chamber] = around({ kind: "chamber_noise", chamber: 3, strength: 1.5 });
    expect(Math.abs(ratio(chamber, before, 3) - 1.5)).toBeLessThan(0.1);
    expect(Math.abs(ratio(chamber, before, 0) - 1)).toBeLessThan(0.05);
  });

  test("after_pulses repeat hits", () => {
    const [before, during] = around({ kind: "after_pulses", strength: 0.3 });
    const repeats = (message: WindowMessage) =>
      message.noise_chamber![1]!.repeats / message.hit_count_chamber[1]!;
    expect(repeats(before)).toBeLessThan(0.01);
    expect(Math.abs(repeats(during) - 0.3 / 1.3)).toBeLessThan(0.03);
  });

  test("hot_cell can have bursts", () => {
    const [before, during] = around({
      kind: "hot_cell",
      chamber: 2,
      cell: 5,
      strength: 1000,
      period_s: 1,
      duty: 0.4,
    });
    expect(Math.abs(cellHits(during, 2, 5) - cellHits(before, 2, 5) - 2000)).toBeLessThan(300);
  });

  test("noise_only keeps the rates and removes the segments", () => {
    const [before, during] = around({ kind: "noise_only" });
    expect(Math.abs(during.hit_count / before.hit_count - 1)).toBeLessThan(0.05);
    expect(during.ledger.scintillator / before.ledger.scintillator).toBeGreaterThan(0.9);
    expect(segments(during, 0)).toBeLessThan(0.02 * segments(before, 0));
  });
});

describe("read-out", () => {
  const readOut = (message: WindowMessage, fpga: number) => message.read_out![fpga]!;

  test("TDC faults: stuck, and a stuck bit", () => {
    const [, stuck] = around({ kind: "tdc_stuck", fpga: 1, strength: 9 });
    expect(readOut(stuck, 1).tdc[9]).toBe(readOut(stuck, 1).hits);
    expect(readOut(stuck, 0).tdc[9]).toBeLessThan(0.1 * readOut(stuck, 0).hits);
    const [, bit] = around({ kind: "tdc_bit", fpga: 0, tdc_bit: 2, strength: 1 });
    const without = readOut(bit, 0).tdc.filter((_, tdc) => ((tdc >> 2) & 1) === 0);
    expect(sum(without)).toBe(0);
    expect(sum(readOut(bit, 0).tdc)).toBe(readOut(bit, 0).hits);
  });

  test("BX faults: stuck, a stuck bit, too high", () => {
    const [, stuck] = around({ kind: "bx_stuck", fpga: 0, strength: 1234 });
    expect(readOut(stuck, 0).bx.hist_counts[Math.floor(1234 / 54)]).toBe(readOut(stuck, 0).hits);
    const [, bit] = around({ kind: "bx_bit", fpga: 0, bx_bit: 5 });
    expect(readOut(bit, 0).bx_bits[5]).toBe(0);
    expect(readOut(bit, 1).bx_bits[5]).toBeGreaterThan(0);
    const [before, high] = around({ kind: "bx_high", fpga: 1, strength: 0.1 });
    expect(readOut(before, 1).bx_out).toBe(0);
    expect(Math.abs(readOut(high, 1).bx_out / readOut(high, 1).hits - 0.1)).toBeLessThan(0.01);
  });

  test("an FPGA can be off by some orbits", () => {
    const [before, during] = around({ kind: "orbit_offset", fpga: 0, strength: 12 });
    const timed = (message: WindowMessage, chamber: number) =>
      sum(message.segment_chamber![chamber]!.t0_scint.hist_counts);
    expect(timed(during, 0)).toBeLessThan(0.1 * timed(before, 0));
    expect(timed(during, 2)).toBeGreaterThan(0.8 * timed(before, 2));
  });

  test("orbit counter faults: stuck, reset, jump", () => {
    const [, stuck] = around({ kind: "orbit_stuck" });
    expect(stuck.orbit_first).toBe(stuck.orbit_last);
    const [, reset, after] = around({ kind: "orbit_reset", fpga: 1 });
    expect(readOut(reset, 1).orbit_last! - readOut(reset, 1).orbit_first!).toBeGreaterThan(50_000);
    expect(readOut(reset, 0).orbit_first! - readOut(reset, 1).orbit_first!).toBeGreaterThan(50_000);
    expect(readOut(after, 1).orbit_last! - readOut(after, 0).orbit_last!).toBeLessThan(1000);
    const [before, jump] = around({ kind: "orbit_jump", strength: 5_000_000 });
    expect(jump.orbit_first! - before.orbit_last!).toBeGreaterThan(5_000_000);
  });
});

describe("timing", () => {
  test("timing faults: signals lost, noisy, in the wrong orbit, double", () => {
    const [before, lost] = around({ kind: "timing_loss", strength: 0.1 });
    const share = ({ found, expected }: { found?: number; expected?: number }) => found! / expected!;
    expect(share(scintillator(before))).toBeGreaterThan(0.9);
    expect(share(scintillator(lost))).toBeLessThan(0.25);
    const [, noisy] = around({ kind: "timing_noise", strength: 8 });
    expect(Math.abs(scintillator(noisy).signals / scintillator(before).signals - 8)).toBeLessThan(0.8);
    expect(scintillator(noisy).alone).toBeGreaterThan(5 * scintillator(before).orbits);
    const [, wrong] = around({ kind: "timing_orbit", strength: 1 });
    expect(share(scintillator(wrong))).toBeLessThan(0.1);
    const [, double] = around({ kind: "timing_double", strength: 0.5 });
    const { repeated, signals } = scintillator(double);
    expect(Math.abs(repeated / signals - 1 / 3)).toBeLessThan(0.05);
  });
});

describe("words", () => {
  const heads = (message: WindowMessage, fpga: number) => message.read_out![fpga]!.heads;

  test("trigger-word faults: one HEAD repeated, no words, no words of one FPGA", () => {
    const [before, repeated] = around({ kind: "word_rate", head: 4, strength: 8 });
    expect(Math.abs(heads(repeated, 0)[4]! / heads(before, 0)[4]! - 8)).toBeLessThan(0.5);
    expect(Math.abs(heads(repeated, 0)[5]! / heads(before, 0)[5]! - 1)).toBeLessThan(0.1);
    const [, none] = around({ kind: "no_words" });
    expect(none.ledger.head_rejected).toBe(0);
    const [, one] = around({ kind: "words_lost", fpga: 1 });
    expect(sum(heads(one, 1))).toBe(heads(one, 1)[2]);
    expect(heads(one, 0)[3]).toBeGreaterThan(0);
  });

  test("unmapped channels appear", () => {
    const [before, during] = around({ kind: "unmapped", strength: 0.03 });
    const more = during.ledger.unmapped - before.ledger.unmapped;
    expect(Math.abs(more / (during.hit_count + more) - 0.03)).toBeLessThan(0.01);
  });
});

test("a ramped fault grows, and a periodic fault switches on and off", () => {
  const slow = new SimulatedWindows({
    rateHz,
    faults: [{ fault: { kind: "chamber_loss", chamber: 0, strength: 0.2, ramp_s: 30 } }],
  }).take(8);
  const hits = slow.map(({ hit_count_chamber }) => hit_count_chamber[0]!);
  expect(hits[2]! / hits[0]!).toBeLessThan(0.8);
  expect(hits[7]! / hits[0]!).toBeLessThan(0.3);
  const toggled = new SimulatedWindows({
    rateHz,
    faults: [{ fault: { kind: "layer_loss", chamber: 0, layer: 1, strength: 0, period_s: 20, duty: 0.5 } }],
  }).take(8);
  const isDead = toggled.map((message) => cellHits(message, 0, 35) < 5);
  expect(isDead).toEqual([true, true, false, false, true, true, false, false]);
});

test("legnaro-real agrees with the measurements: efficiency, residuals, noise, offsets", () => {
  const windows = new SimulatedWindows({ preset: "legnaro-real", rateHz, seed: 2 }).take(30);
  const total = (pick: (message: WindowMessage) => number) => sum(windows.map(pick));
  const chambers = [0, 1, 2, 3];
  const noise = total(({ noise_chamber }) => sum(chambers.map((chamber) => noise_chamber![chamber]!.hits)));
  expect(Math.abs(noise / total(({ hit_count }) => hit_count) - 0.9)).toBeLessThan(0.02);
  for (const chamber of chambers) {
    const found = total(({ segment_chamber }) => sum(segment_chamber![chamber]!.layer_found));
    const missed = total(({ segment_chamber }) => sum(segment_chamber![chamber]!.layer_missed));
    expect(Math.abs(found / (found + missed) - 0.92)).toBeLessThan(0.015);
    const squares: number[] = [];
    for (const message of windows)
      for (const { hist_counts: counts, lower, upper } of message.segment_chamber![chamber]!.residual)
        counts.forEach((count, bin) => {
          const mm = lower + ((bin + 0.5) * (upper - lower)) / counts.length;
          for (let i = 0; i < count; i += 1) squares.push(mm * mm);
        });
    const rms = Math.sqrt(sum(squares) / squares.length);
    expect(rms).toBeGreaterThan(0.33);
    expect(rms).toBeLessThan(0.48);
  }
  const t0 = chambers.map((chamber) => {
    const means = windows.map((message) => meanOf(message.segment_chamber![chamber]!.t0_scint));
    return sum(means) / means.length;
  });
  expect(Math.max(...t0) - Math.min(...t0)).toBeGreaterThan(8);
  for (const one of t0) expect(Math.abs(one)).toBeLessThan(16);
});

test("every kind of fault has a test in this file", async () => {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(new URL(import.meta.url), "utf8");
  expect(detectorFaultNames.filter((kind) => !text.includes(`kind: "${kind}"`))).toEqual([]);
});
