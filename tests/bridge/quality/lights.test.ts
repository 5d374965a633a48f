/** The lights of the chambers and of the whole telescope, before there is enough data and after data stops. */
import { describe, expect, it } from "vitest";
import type { SystemStatus } from "../../../pipeline/model/index.js";
import { utcTime } from "../../../dashboard/src/words/format.js";
import { makeStatus } from "../../dashboard/support.js";
import { healthy, Practice } from "./practice.js";

describe("the light of a chamber", () => {
  it("collects data before it judges single cells, and shows its progress", () => {
    const practice = new Practice({ rateHz: 200 });
    practice.run(2);
    expect(practice.quality.chambers[0]).toMatchObject({
      state: "few",
      reason: expect.stringMatching(/^collecting: \d+ of 20 hits expected per cell$/),
    });
    practice.run(40);
    expect(practice.quality.chambers[0]).toMatchObject({ state: "good" });
  });

  it("shows the number of further alarms of the chamber", () => {
    const practice = healthy();
    practice.set({
      detector: [
        { kind: "hot_cell", chamber: 1, cell: 20, strength: 2000 },
        { kind: "hot_cell", chamber: 1, cell: 51, strength: 2000 },
        { kind: "hot_cell", chamber: 2, cell: 7, strength: 2000 },
      ],
    });
    practice.run(4);
    const { chambers, whole } = practice.quality;
    expect(practice.faults).toHaveLength(3);
    expect(chambers[1]?.reason).toMatch(/^cell .* \(and 1 other alarm\)$/);
    expect(chambers[2]?.reason).not.toContain("other");
    expect(whole.reason).toMatch(/9 expected \(and 2 other alarms\)$/);
  });

  it('is "no data" without data, and the whole shows the reason', () => {
    const practice = healthy();
    const status = makeStatus();
    const newestEndMs = practice.nowMs - 100;
    const silent: SystemStatus = { ...status, hops: [] };
    practice.judge.takeStatus(silent, newestEndMs + 8_000);
    expect(practice.quality.whole.state).toBe("good");
    practice.judge.takeStatus(silent, newestEndMs + 9_000);
    expect(practice.quality.data).toMatchObject({ state: "warning" });
    practice.judge.takeStatus(silent, newestEndMs + 12_000);
    expect(practice.quality.whole).toMatchObject({
      state: "bad",
      reason: `the data has stopped: the newest window ended at ${utcTime(newestEndMs)} UTC`,
    });
    expect(practice.quality.chambers.map(({ state }) => state)).toEqual(["none", "none", "none", "none"]);
    practice.run(1);
    expect(practice.quality.whole.state).toBe("good");
  });

  it("names the first silent stage of the data path", () => {
    const practice = healthy();
    const now_ms = practice.nowMs + 1000;
    const hops = makeStatus().hops.map((hop) => ({
      ...hop,
      last_ms: hop.hop === "readout" ? now_ms : now_ms - 7000,
    }));
    practice.judge.takeStatus(makeStatus({ now_ms, hops }), now_ms);
    expect(practice.quality.data.reason).toBe(
      `the topic of rows has been silent since ${utcTime(now_ms - 7000)} UTC`,
    );
  });

  it("shows when the data stopped, with the date if it was on an earlier day", () => {
    const practice = healthy();
    const newestEndMs = practice.nowMs - 100;
    const dayMs = 86_400_000;
    const reasonAt = (nowMs: number): string =>
      practice.judge.takeStatus(makeStatus({ now_ms: nowMs, hops: [] }), nowMs).whole.reason;
    const first = reasonAt(newestEndMs + 12_000);
    expect(reasonAt(newestEndMs + 3_600_000)).toBe(first);
    expect(reasonAt(newestEndMs + dayMs)).toBe(
      `the data has stopped: the newest window ended at ${new Date(newestEndMs).toISOString().slice(0, 10)} ${utcTime(newestEndMs)} UTC`,
    );
    expect(practice.faults[0]?.numbers).toEqual({ last_sign_of_life_ms: newestEndMs });
  });

  it('is "no data" before the first window', () => {
    const practice = new Practice();
    practice.judge.takeStatus(null, 1000);
    expect(practice.quality.whole).toMatchObject({ state: "none", reason: "no window has arrived yet" });
  });
});
