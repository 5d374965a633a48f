/** The sum of a job's tally, even if a replaced attempt still writes panes after a checkpoint. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterReader } from "../../runners/kafka/index.js";

type Given = readonly [pane: number, messages: number, worker?: string];

/** The sum over panes in topic order. */
function messagesOf(...panes: readonly Given[]): number | undefined {
  const counters = new CounterReader();
  for (const [pane, messages, worker] of panes) {
    const windows = [{ start_ms: 0, messages, rows: 10 * messages }];
    counters.take({ stream: "s", pane, windows, ...(worker !== undefined && { worker }) });
  }
  return counters.windows.get(0)?.messages;
}

describe("the sum of panes", () => {
  it("counts panes after a checkpoint once, with the values of the later attempt", () => {
    expect(messagesOf([0, 1], [1, 2], [2, 4], [1, 3], [2, 3], [3, 8])).toBe(15);
    expect(messagesOf([0, 1, "a"], [1, 2, "a"], [2, 4, "a"], [1, 3, "b"], [2, 3, "b"], [3, 8, "b"])).toBe(15);
  });

  it("restarts with the first pane of a restarted job", () => {
    expect(messagesOf([0, 1, "a"], [1, 2, "a"], [0, 8, "b"])).toBe(8);
  });

  it("includes the panes of several workers of one attempt", () => {
    expect(messagesOf([0, 1, "a"], [1, 2, "b"], [2, 4, "a"], [3, 8, "b"])).toBe(15);
  });

  it("is that of the new task, wherever the last panes of the replaced task are", () => {
    const arbitrary = fc.record({
      checkpoint: fc.integer({ min: 0, max: 5 }),
      lost: fc.integer({ min: 1, max: 5 }),
      buffered: fc.integer({ min: 1, max: 4 }),
      between: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ checkpoint, lost, buffered, between }) => {
        const old = Array.from({ length: checkpoint + lost + buffered }, (_, i): Given => [i, 1, "old"]);
        const next = Array.from({ length: between + 9 }, (_, i): Given => [checkpoint + i, 7, "new"]);
        const written = old.slice(0, checkpoint + lost);
        const late = old.slice(checkpoint + lost);
        const all = [...written, ...next.slice(0, between), ...late, ...next.slice(between)];
        expect(messagesOf(...all)).toBe(checkpoint + 7 * next.length);
      }),
    );
  });
});
