/** The rules with a reference to compare with. */
import { describe, expect, it } from "vitest";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { referenceOf, sumWindows } from "../../../dashboard/bridge/monitor/sums.js";
import { Practice, withCells, withoutMuons } from "./practice.js";

describe("a reference", () => {
  it("a reference shows dead cells at once, except cells that are dead in the reference too", () => {
    const messages: WindowMessage[] = [];
    const known = new Practice({ seed: 5 });
    const masked = (message: WindowMessage): WindowMessage =>
      withCells(message, 0, (hits, cell) => (cell === 5 ? 0 : hits));
    known.run(30, (message) => {
      messages.push(masked(message));
      return message;
    });
    const reference = referenceOf(sumWindows(messages)!, "good", "test", 0);
    const practice = new Practice({ seed: 6 });
    practice.judge.setReference({ id: "r", reference });
    practice.run(5, (message) => withCells(masked(message), 0, (hits, cell) => (cell === 6 ? 0 : hits)));
    expect(practice.quality.reference).toEqual({ id: "r", name: "good" });
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-cell chamber 0 cell 6"]);
    expect(practice.faults[0]?.reason).toContain("expected from the reference");
  });

  it("a reference shows a changed shape", () => {
    const messages: WindowMessage[] = [];
    const known = new Practice({ seed: 5 });
    known.run(60, (message) => {
      messages.push(message);
      return message;
    });
    const practice = new Practice({ seed: 6 });
    practice.judge.setReference({
      id: "r",
      reference: referenceOf(sumWindows(messages)!, "good", "test", 0),
    });
    const tilted = (message: WindowMessage): WindowMessage =>
      withoutMuons(withCells(message, 2, (hits, cell) => hits * (cell < 32 ? 0.6 : 1.4)));
    practice.run(20, tilted);
    expect(practice.faults).toMatchObject([{ key: "shape chamber 2", state: "warning" }]);
    expect(practice.faults[0]?.reason).toMatch(/differs from the reference by \d+ % \(chi-square/);
  });
});
