/** Rules of the data path with altered messages: unchanging data, ledger, sequence gaps, clock, late rows. */
import { describe, expect, it } from "vitest";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { makeStatus } from "../../dashboard/support.js";
import { healthy, Practice, windowMs } from "./practice.js";

describe("data-path faults that the simulator cannot produce", () => {
  it("data that no longer changes is reported", () => {
    const practice = healthy();
    let first: WindowMessage | null = null;
    const stuck = (message: WindowMessage): WindowMessage => {
      first ??= message;
      return { ...first, msg_ID: message.msg_ID, window: message.window };
    };
    practice.run(3, stuck);
    expect(practice.faults.map(({ key }) => key)).toContain("stuck whole");
    expect(practice.quality.whole.state).toBe("bad");
  });

  it("a ledger that does not add up is reported", () => {
    const practice = healthy();
    practice.run(1, (message) => ({
      ...message,
      ledger: { ...message.ledger, rows: message.ledger.rows + 7 },
    }));
    expect(practice.faults).toMatchObject([
      { key: "ledger ledger", state: "bad", reason: "the ledger does not add up: 7 rows missing" },
    ]);
  });

  it("missing messages are reported when they can no longer arrive in order", () => {
    const practice = healthy();
    const lose = (message: WindowMessage): WindowMessage => ({
      ...message,
      sources: message.sources.map((source) => ({
        ...source,
        ranges: source.ranges.map(([first, last]) => [first + 2, last] as [number, number]),
      })),
    });
    practice.run(1, lose);
    expect(practice.faults).toEqual([]);
    practice.run(2);
    expect(practice.faults).toMatchObject([
      { key: "sequence-gaps stream", state: "bad", reason: "2 messages of the producers never arrived" },
    ]);
  });

  it("unmapped rows are reported, except those of the read-out's own channels", () => {
    const practice = healthy();
    const withRows = (known: boolean) => (message: WindowMessage) => {
      const ledger = { ...message.ledger };
      ledger.rows += 5000;
      ledger.unmapped += 5000;
      const internal = { "138": known ? 5000 : 0 };
      const read_out = { ...message.read_out, "1": { ...message.read_out!["1"]!, internal } };
      return { ...message, ledger, read_out };
    };
    practice.run(3, withRows(true));
    expect(practice.faults).toEqual([]);
    practice.run(3, withRows(false));
    expect(practice.faults).toMatchObject([{ key: "unmapped stream" }]);
  });

  it("unmapped rows are reported with the channels in the sample of rows", () => {
    const practice = new Practice({}, { unmappedChannels: () => ["FPGA 1 channel 140"] });
    practice.run(3, (message) => {
      const { rows, unmapped } = message.ledger;
      return { ...message, ledger: { ...message.ledger, rows: rows + 5000, unmapped: unmapped + 5000 } };
    });
    expect(practice.faults.find(({ rule }) => rule === "unmapped")?.reason).toMatch(
      /; seen: FPGA 1 channel 140$/,
    );
  });

  it("a replay at five times the original speed is reported", () => {
    const practice = healthy();
    let orbit = 20_000_000;
    practice.run(3, (message) => ({ ...message, orbit_first: orbit, orbit_last: (orbit += 5 * 56_000) }));
    expect(practice.faults).toMatchObject([{ key: "clock stream", state: "warning" }]);
  });

  it("a single row with a wrong orbit in every window is no replay", () => {
    const practice = healthy();
    practice.run(3, (message) => ({ ...message, orbit_last: message.orbit_first! + 5 * 56_000 }));
    expect(practice.faults).toEqual([]);
  });

  it("dropped late messages are reported from the count in the status", () => {
    const practice = healthy();
    const status = makeStatus();
    practice.judge.takeStatus({ ...status, late: { messages: 3, rows: 30 } }, practice.nowMs + 1);
    practice.judge.takeStatus({ ...status, late: { messages: 5, rows: 60 } }, practice.nowMs + 2);
    practice.run(1);
    expect(practice.faults).toMatchObject([
      { key: "late-rows stream", reason: "2 messages with 30 rows arrived too late and were dropped" },
    ]);
    practice.run(Math.ceil(30_000 / windowMs) + 2);
    expect(practice.faults).toEqual([]);
  });
});
