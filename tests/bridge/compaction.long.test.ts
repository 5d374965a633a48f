/** The bridge on a topic that the broker compacts meanwhile: messages removed by compaction are not reported as lost. */
import { expect, it } from "vitest";
import type { Quality, WindowMessage } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { recordsOf } from "../kafka/topic-content.js";
import { describeWithJava } from "../services/with-java.js";
import { polling, topic, useKillableBridge } from "./killable-bridge.js";

const firstId = Math.floor(Date.now() / 5000) - 300;

describeWithJava("a topic that is compacted", () => {
  const bridge = useKillableBridge({
    // Makes the broker compact as often as possible.
    settings: { "log.cleaner.backoff.ms": 100, "log.retention.check.interval.ms": 500 },
    config: { "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "min.compaction.lag.ms": "0" },
  });
  const total = (): Promise<number> => bridge.total();

  const windows = (from: number, count: number, revision = 0): WindowMessage[] =>
    Array.from({ length: count }, (_, i) => {
      const message = makeMessage({ id: firstId + from + i, orbits: 200 + revision, revision });
      return { ...message, emitted_ms: message.window.end_ms + 100 + revision };
    });

  const stored = async (): Promise<[number, number][]> =>
    (await bridge.get<WindowMessage[]>(`/api/v1/windows?from_ms=0&to_ms=${Date.now()}&limit=1000`)).map(
      ({ msg_ID, revision }) => [msg_ID - firstId, revision],
    );
  const expectNoLoss = async (): Promise<void> => {
    const { findings } = await bridge.get<Quality>("/api/v1/quality");
    expect(findings.map(({ rule }) => rule)).not.toContain("sequence-gaps");
    const { status } = await bridge.get<{ status: { problem: string | null } }>("/api/v1/state");
    expect(status.problem).toBeNull();
  };

  /** Messages that are still on the topic, by window number and revision. */
  async function held(): Promise<string[]> {
    const records = await recordsOf(bridge.node.bootstrapServers, topic);
    return records.map(({ value }) => {
      const { msg_ID, revision } = JSON.parse(String(value)) as WindowMessage;
      return `${msg_ID - firstId}:${revision}`;
    });
  }

  /** Publishes corrections of a window until the log cleaner has removed the earlier ones. @returns the last revision */
  async function untilGone(id: number, messages: readonly string[]): Promise<number> {
    let revision = 1;
    const isGone = async (): Promise<boolean> => {
      await bridge.publish(windows(id, 1, (revision += 1)));
      const left = await held();
      return messages.every((message) => !left.includes(message));
    };
    await expect.poll(isGone, polling).toBe(true);
    return revision;
  }

  it("loses no window on the page, neither with a running bridge nor after a restart of the bridge", async () => {
    await bridge.publish(windows(0, 20));
    await bridge.start();
    await expect.poll(total, polling).toBe(20);
    await bridge.publish(windows(0, 5, 1));
    const oldest = ["0:0", "1:0", "2:0", "3:0", "4:0"];
    const last = await untilGone(19, oldest);
    await expect.poll(async () => (await stored()).at(-1), polling).toEqual([19, last]);
    const expected = windows(0, 20).map(({ msg_ID }, i): [number, number] => [
      msg_ID - firstId,
      i < 5 ? 1 : i === 19 ? last : 0,
    ]);
    expect(await stored()).toEqual(expected);
    await expectNoLoss();
    await bridge.kill();

    // Messages written and removed while no reader runs are never read; the remaining messages are.
    await bridge.publish(windows(20, 4));
    await bridge.publish(windows(20, 3, 1));
    const newest = await untilGone(23, ["20:0", "21:0", "22:0", "23:0"]);
    await bridge.start();
    await expect.poll(total, polling).toBe(24);
    await expect.poll(async () => (await stored()).at(-1), polling).toEqual([23, newest]);
    expect(await stored()).toEqual([...expected, [20, 1], [21, 1], [22, 1], [23, newest]]);
    await expectNoLoss();
  }, 400_000);
});
