/** Rules of the detector against altered messages: cells, layers, rates, the drift-time box. */
import { describe, expect, it } from "vitest";
import type { Finding, WindowMessage } from "../../../pipeline/model/index.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import { bitSharesOf } from "../../../dashboard/bridge/quality/physics/read-out.js";
import { SimulatedStream } from "./simulated-stream.js";
import { healthy, Practice, withCells, withoutMuons } from "./practice.js";

describe("detector faults that the simulator cannot produce", () => {
  it("a hot cell is named in every chamber, with and without earlier good data", () => {
    const stream = new SimulatedStream();
    const messages = Array.from({ length: 32 }, () => stream.next()).flat();
    for (const from of [0, 30])
      for (const chamber of [0, 1, 2, 3]) {
        const judge = new QualityJudge();
        for (const message of messages.slice(30 - from, 30)) judge.takeWindow(message, message.window.end_ms);
        for (const message of messages.slice(30)) {
          const hot = withCells(message, chamber, (hits, cell) => (cell === 20 ? hits + 200 : hits));
          judge.takeWindow(hot, hot.window.end_ms);
        }
        const faults = judge.quality!.findings.filter(
          ({ state, cause }) => state !== "few" && cause === null,
        );
        expect(faults.map(({ key }) => key)).toEqual([`hot-cell chamber ${chamber} cell 20`]);
      }
  });

  it("dead cells are named when 20 hits were expected, not before", () => {
    const practice = healthy();
    const dead = (message: WindowMessage): WindowMessage =>
      withCells(message, 3, (hits, cell) => (cell === 9 || cell === 40 ? 0 : hits));
    practice.run(1, dead);
    expect(practice.faults).toEqual([]);
    practice.run(5, dead);
    expect(practice.faults.map(({ key, state }) => [key, state])).toEqual([
      ["dead-cell chamber 3 cell 9", "warning"],
      ["dead-cell chamber 3 cell 40", "warning"],
    ]);
    expect(practice.faults[0]?.reason).toMatch(
      /^cell 9 \(layer 2, wire 2\) is dead: no hits, \d+ expected from .+$/,
    );
    practice.run(3);
    expect(practice.faults).toEqual([]);
  });

  it("many dead cells lower the grade of the chamber", () => {
    const practice = new Practice();
    // Good data to compare with: from neighbouring cells alone, at most half of the cells can be found dead.
    practice.run(32, withoutMuons);
    const share = (dead: number) => (message: WindowMessage) =>
      withCells(withoutMuons(message), 0, (hits, cell) => ((cell * 7) % 64 < dead ? 0 : hits));
    practice.run(6, share(10));
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-cell chamber 0", "live-cells chamber 0"]);
    expect(practice.quality.chambers[0]?.state).toBe("warning");
    const live = (): Finding | undefined =>
      practice.quality.findings.find(({ rule }) => rule === "live-cells");
    expect(live()?.reason).toBe("only 84 % of the cells are alive (below 90 %, grade 1 of 4): 10 cells dead");
    practice.run(6, share(30));
    expect(practice.quality.chambers[0]?.state).toBe("bad");
    expect(live()?.numbers).toMatchObject({ dead_cells: 30, grade: 2 });
    practice.run(18, share(40));
    expect(live()?.reason).toMatch(/\(below 50 %, grade 3 of 4\): \d+ cells dead$/);
    practice.run(100, share(56));
    expect(live()?.reason).toMatch(/\(below 20 %, grade 4 of 4\): \d+ cells dead$/);
  });

  it("seven dead cells in a row name the layer and the wires", () => {
    const practice = healthy();
    practice.run(2, (message) =>
      withCells(message, 2, (hits, cell) => (cell % 4 === 2 && cell < 30 ? 0 : hits)),
    );
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-layer chamber 2 layer 3"]);
    expect(practice.faults[0]?.reason).toMatch(/^layer 3 is dead from wire 0 to 6: /);
  });

  it("a dead layer is found with fewer expected hits than a part of a layer", () => {
    const first = (wires: number): number => {
      const practice = healthy();
      // A third of the hits: in two windows about 50 are expected in the layer and about 20 in seven cells.
      const windows = Array.from({ length: 12 }, (_, i) => i + 1);
      return (
        windows.find(() => {
          practice.run(1, (message) =>
            [0, 1, 2, 3].reduce(
              (thin, chamber) =>
                withCells(thin, chamber, (hits, cell) => {
                  const isDead = chamber === 2 && cell % 4 === 2 && cell < 4 * wires;
                  return isDead ? 0 : Math.round(hits / 3);
                }),
              message,
            ),
          );
          return practice.faults.some(({ rule }) => rule === "dead-layer");
        }) ?? Infinity
      );
    };
    expect([first(16), first(7)]).toEqual([2, 4]);
  });

  it("a chamber with far fewer hits than usual is named", () => {
    const practice = healthy();
    practice.run(2, (message) => withCells(message, 1, (hits) => 0.3 * hits));
    expect(practice.faults.map(({ key }) => key)).toEqual(["chamber-rate chamber 1"]);
    expect(practice.faults[0]?.reason).toMatch(
      /^hit rate is \d+ ± \d+ % of normal: \d+ Hz, expected \d+ Hz \(its own past since \d\d:\d\d UTC\)$/,
    );
  });

  it("a rate that changes in all chambers is reported for the whole telescope", () => {
    const practice = new Practice();
    practice.run(12, withoutMuons);
    practice.run(2, (message) =>
      [0, 1, 2, 3].reduce(
        (changed, chamber) => withCells(changed, chamber, (hits) => 3 * hits),
        withoutMuons(message),
      ),
    );
    expect(practice.faults.map(({ key }) => key)).toEqual(["chamber-rate whole"]);
  });

  it("a shifted drift-time box is found in messages without segments", () => {
    const practice = new Practice();
    practice.run(40, withoutMuons);
    const moved = (message: WindowMessage): WindowMessage => {
      const copy = withoutMuons(message);
      const drift = copy.drift_time_chamber["1"];
      drift.hist_counts = [0, 0, 0, 0, 0, ...drift.hist_counts.slice(0, -5)];
      return copy;
    };
    const needed = practice.windowsUntil(() => {
      practice.run(1, moved);
      return practice.faults.length > 0;
    }, 40);
    expect(needed).toBeLessThan(40);
    expect(practice.faults.map(({ key }) => key)).toEqual(["drift-time chamber 1"]);
    expect(practice.faults[0]?.reason).toMatch(
      /^the drift-time box (is shifted by \d+ ns|is .* than usual)$/,
    );
  });
});

it("the expected fraction of set BX bits follows from the length of the orbit", () => {
  expect(bitSharesOf(4096)).toEqual(Array.from({ length: 12 }, () => 0.5));
  // Crossings 2048 to 3563 of the LHC's orbit have bit 11.
  expect(bitSharesOf(3564)[11]).toBeCloseTo(1516 / 3564, 12);
  expect(bitSharesOf(2048).slice(10)).toEqual([0.5, 0]);
});
