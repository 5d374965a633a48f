/** Exchanged cables beside faults that look alike: weak wires at the border between two cables, and noise. */
import { expect, it } from "vitest";
import { cellOf, type DetectorFault, type Finding } from "../../../pipeline/model/index.js";
import { Practice } from "./practice.js";
import type { StreamOptions } from "./simulated-stream.js";

/** Alarms of each window while the faults last, after good data. */
function alarmsOf(faults: DetectorFault[], windows: number, stream: StreamOptions = {}): Finding[][] {
  const practice = new Practice({ seed: 5, ...stream });
  practice.run(40);
  expect(practice.faults).toEqual([]);
  practice.set({ detector: faults });
  return Array.from({ length: windows }, () => {
    practice.run(1);
    return practice.faults;
  });
}

const weakWires = (chamber: number, wires: number[], strength: number): DetectorFault[] =>
  wires.flatMap((wire) =>
    [1, 2, 3, 4].map((layer): DetectorFault => ({
      kind: "cell_loss",
      chamber,
      cell: cellOf(layer, wire),
      strength,
    })),
  );

const cables = (chamber: number, cable: number, other: number, otherCable: number): DetectorFault => ({
  kind: "cables_exchanged",
  chamber,
  cable,
  other_chamber: other,
  other_cable: otherCable,
});

it.each([
  ["a dead wire", weakWires(0, [3], 0)],
  ["two wires at 20 %", weakWires(1, [7, 8], 0.2)],
  ["dead wires in two chambers", [...weakWires(0, [3], 0), ...weakWires(2, [12], 0)]],
  ["two dead cells", weakWires(3, [7], 0).slice(0, 3)],
])("%s at a border between cables is no exchange", (_, faults) => {
  const alarms = alarmsOf(faults, 20);
  expect(alarms.at(-1)).not.toEqual([]);
  expect(alarms.flat().filter(({ rule }) => rule === "cabling")).toEqual([]);
});

it("two exchanges at once concern all four chambers", () => {
  const alarms = alarmsOf([cables(0, 0, 1, 0), cables(2, 3, 3, 3)], 12);
  const { scope, reason } = alarms.at(-1)!.find(({ rule }) => rule === "cabling")!;
  expect(scope).toEqual({ kind: "chambers", chambers: [0, 1, 2, 3] });
  expect(reason).toMatch(
    /^cables of 16 channels are exchanged between chamber 0 \(wires 0 to 3\), chamber 1 .* and chamber 3 /,
  );
});

it("an exchange inside a chamber is reported beside one between two others", () => {
  const alarms = alarmsOf([cables(1, 0, 1, 3), cables(0, 1, 2, 1)], 16).at(-1)!;
  const places = alarms.flatMap(({ rule, scope }) => (rule === "cabling" ? [scope] : []));
  expect(places).toContainEqual({ kind: "chamber", chamber: 1 });
  expect(places).toContainEqual({ kind: "chambers", chambers: [0, 2] });
});

it.each<[string, DetectorFault]>([
  ["exchanged cables", cables(0, 1, 3, 2)],
  ["timing signals at half their number", { kind: "timing_loss", strength: 0.5 }],
  ["a chamber at 80 %", { kind: "chamber_loss", chamber: 2, strength: 0.8 }],
])("%s remain an alarm while they last, with 90 % noise", (_, fault) => {
  const alarms = alarmsOf([fault], 110, { preset: "legnaro-real", seed: 7 });
  const first = alarms.findIndex((found) => found.length > 0);
  expect(first).toBeLessThan(40);
  expect(alarms.slice(first).findIndex((found) => found.length === 0)).toBe(-1);
});

it("a chamber with ten times the noise has muons", () => {
  const noisy: DetectorFault = { kind: "chamber_noise", chamber: 2, strength: 10 };
  const alarms = alarmsOf([noisy], 8, { preset: "legnaro-real", rateHz: 400 });
  expect(alarms.flat().filter(({ rule }) => rule === "no-muons")).toEqual([]);
  expect(alarms.at(-1)!.map(({ rule }) => rule)).toContain("noise");
});
