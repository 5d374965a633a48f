import { describe, expect, test } from "vitest";
import { cellOf, noFaults, UsageError, wireOfCell } from "../../pipeline/model/index.js";
import type { Faults } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import { garbageLines } from "../../producer/simulator/garbage.js";
import { chamberOf, parseLine, readSlowly } from "./slow-reader.js";

const rows = 20_000;

/** Reads the same number of rows of the healthy telescope. */
function read(simulator: Simulator) {
  const { bytes, rows: emitted } = readSpent(simulator, rows);
  return { ...readSlowly(bytes), emitted };
}

function readSpent(simulator: Simulator, spent: number) {
  const bytes: Uint8Array[] = [];
  let emitted = 0;
  for (let left = spent; left > 0;) {
    const block = simulator.next(left);
    bytes.push(block.bytes);
    emitted += block.rows;
    left -= block.spent;
  }
  return { bytes, rows: emitted };
}

describe("a fault has its effect and clears", () => {
  test("dead_fpga: no rows of this FPGA, and a lower rate", () => {
    const simulator = new Simulator({ seed: 21 });
    simulator.setFaults({ dead_fpga: 0 });
    const dead = read(simulator);
    expect(dead.words.some(({ fpga }) => fpga === 0)).toBe(false);
    expect(dead.emitted / rows).toBeCloseTo(0.5, 1);
    simulator.setFaults({ dead_fpga: null });
    const healthy = read(simulator);
    expect(healthy.emitted).toBe(rows);
    expect(healthy.words.some(({ fpga }) => fpga === 0)).toBe(true);
  });

  test("dead_layer: no hits of its 16 cells, while the others continue", () => {
    const simulator = new Simulator({ seed: 22 });
    simulator.setFaults({ dead_layer: { chamber: 2, layer: 3 } });
    const dead = read(simulator).hitsPerChannel;
    const silent = dead.flatMap((count, slot) => (count === 0 ? [slot] : []));
    const expected = Array.from({ length: 16 }, (_, wire) => 128 + cellOf(3, wire));
    expect(silent).toEqual(expected);
    simulator.setFaults({ dead_layer: null });
    expect(read(simulator).hitsPerChannel.every((count) => count > 0)).toBe(true);
  });

  test("hot_wire: extra hits of one cell in addition to the set rate, 6000 in 20 s at 300 Hz", () => {
    const simulator = new Simulator({ seed: 23 });
    const before = read(simulator).hitsPerChannel[64 + 17]!;
    simulator.setFaults({ hot_wire: { chamber: 1, cell: 17, rate_hz: 300 } });
    const hot = read(simulator);
    const extra = hot.hitsPerChannel[64 + 17]! - before;
    expect(Math.abs(extra - 6000)).toBeLessThan(400);
    expect(Math.abs(hot.emitted - rows - 6000)).toBeLessThan(400);
    simulator.setFaults({ hot_wire: null });
    const after = read(simulator);
    expect(after.emitted).toBe(rows);
    expect(after.hitsPerChannel[64 + 17]).toBeLessThan(3 * before);
  });

  test("hot_wire: hits in the orbits of their times", () => {
    const simulator = new Simulator({ seed: 24, firstOrbit: 0 });
    simulator.setFaults({ hot_wire: { chamber: 0, cell: 3, rate_hz: 2000 } });
    const orbits = read(simulator)
      .words.filter((word) => chamberOf(word) === 0 && word.channel === 3 && word.head === 2)
      .map(({ orbit }) => orbit);
    expect(Math.max(...orbits) * 89.1e-6).toBeCloseTo(20, 0);
    expect(new Set(orbits).size).toBeGreaterThan(0.8 * orbits.length);
    simulator.pass(60_000);
    const silentOrbits = readSlowly(readSpent(simulator, 100).bytes).words.filter(({ head }) => head === 2);
    expect(silentOrbits.length).toBeLessThan(2000);
  });

  test("hot_wire in a dead layer: no hits", () => {
    const simulator = new Simulator({ seed: 25 });
    const layer = 4;
    simulator.setFaults({
      hot_wire: { chamber: 0, cell: cellOf(layer, 2), rate_hz: 1000 },
      dead_layer: { chamber: 0, layer },
    });
    expect(read(simulator).hitsPerChannel[cellOf(layer, 2)]).toBe(0);
    expect(wireOfCell(cellOf(layer, 2))).toBe(2);
  });

  test("garbage: the given fraction of rows is malformed", () => {
    const simulator = new Simulator({ seed: 26 });
    simulator.setFaults({ garbage: 0.2 });
    const { ledger, emitted } = read(simulator);
    expect(ledger.malformed / emitted).toBeCloseTo(0.2, 1);
    expect(emitted).toBe(rows);
    simulator.setFaults({ garbage: 1 });
    expect(read(simulator).ledger.malformed).toBe(rows);
    simulator.setFaults({ garbage: 0 });
    expect(read(simulator).ledger.malformed).toBe(0);
  });

  test("faults do not change unaffected rows", () => {
    const [plain, faulty] = [new Simulator({ seed: 27 }), new Simulator({ seed: 27 })];
    faulty.setFaults({ garbage: 0.1, dead_fpga: 1 });
    const expected = readSlowly(readSpent(plain, 3000).bytes).words.filter(({ fpga }) => fpga === 0);
    const found = new Set(
      readSlowly(readSpent(faulty, 3000).bytes).words.map((word) => JSON.stringify(word)),
    );
    const kept = expected.filter((word) => found.has(JSON.stringify(word)));
    expect(kept.length / expected.length).toBeGreaterThan(0.85);
    expect(found.size).toBeLessThanOrEqual(expected.length);
  });
});

describe("garbage lines", () => {
  test.each(garbageLines.map((line) => [Buffer.from(line).toString("latin1"), line] as const))(
    "%j is one malformed row",
    (text, line) => {
      expect(parseLine(text)).toBeNull();
      expect(line.includes(10) || line.includes(13)).toBe(false);
      expect(line.length).toBeLessThan(64);
      expect(text.trim()).not.toMatch(/^([{[]|HEAD *(,|$)|$)/);
    },
  );
});

describe("setFaults", () => {
  const simulator = new Simulator();

  test("a change keeps all other faults and returns the new state", () => {
    const fresh = new Simulator();
    expect(fresh.faults).toEqual(noFaults);
    fresh.setFaults({ garbage: 0.5 });
    expect(fresh.setFaults({ stall: true })).toEqual({ ...noFaults, garbage: 0.5, stall: true });
    expect(fresh.faults).toEqual({ ...noFaults, garbage: 0.5, stall: true });
  });

  const wrong: [unknown, string][] = [
    [{ dead_fpga: 2 }, "dead_fpga must be one of 0, 1 or null, not 2"],
    [{ dead_fpga: "0" }, 'dead_fpga must be one of 0, 1 or null, not "0"'],
    [{ dead_layer: { chamber: 4, layer: 1 } }, "dead_layer.chamber must be an integer 0..3, not 4"],
    [{ dead_layer: { chamber: 0, layer: 0 } }, "dead_layer.layer must be an integer 1..4, not 0"],
    [{ dead_layer: 3 }, "dead_layer must be an object, not 3"],
    [{ hot_wire: { chamber: 0, cell: 64, rate_hz: 1 } }, "hot_wire.cell must be an integer 0..63, not 64"],
    [
      { hot_wire: { chamber: 0, cell: 6, rate_hz: 1e6 } },
      "hot_wire.rate_hz must be a number 0..10000, not 1000000",
    ],
    [{ hot_wire: { chamber: 0, cell: 6 } }, "hot_wire.rate_hz must be a number 0..10000, not undefined"],
    [
      { dead_layer: { chamber: 1, layer: 1, more: 1 } },
      'dead_layer must be an object of chamber, layer, not {"chamber":1,"layer":1,"more":1}',
    ],
    [{ late_data: { fraction: 1.1, delay_ms: 0 } }, "late_data.fraction must be a number 0..1, not 1.1"],
    [{ late_data: { fraction: 1, delay_ms: -1 } }, "late_data.delay_ms must be a number 0..86400000, not -1"],
    [{ duplicates: NaN }, "duplicates must be a number 0..1, not null"],
    [{ garbage: -0.1 }, "garbage must be a number 0..1, not -0.1"],
    [{ silence: 1 }, "silence must be true or false, not 1"],
    [{ stall: "yes" }, 'stall must be true or false, not "yes"'],
    [{ fire: true }, "faults must be among dead_fpga"],
    [null, "faults must be an object, not null"],
    [[], "faults must be an object, not []"],
  ];
  test.each(wrong)("the change %j is refused in one line", (change, line) => {
    const attempt = () => simulator.setFaults(change as Partial<Faults>);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(line);
    expect(simulator.faults).toEqual(noFaults);
  });
});
