/** The command `bridge` on a real Kafka: killed and restarted, on a topic that was truncated or recreated meanwhile. */
import { expect, it } from "vitest";
import type { Alarm, WindowMessage } from "../../pipeline/model/index.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { cleanTopic, ensureTopics } from "../../runners/services/index.js";
import { makeMessage } from "../helpers/messages.js";
import { describeWithJava } from "../services/with-java.js";
import { polling, topic, useKillableBridge } from "./killable-bridge.js";

const firstId = Math.floor(Date.now() / 5000) - 100;

describeWithJava("the bridge alone", () => {
  const bridge = useKillableBridge();
  const total = (): Promise<number> => bridge.total();

  const windows = (from: number, count: number, change: object = {}): WindowMessage[] =>
    Array.from({ length: count }, (_, i) => {
      const message = makeMessage({ id: firstId + from + i, orbits: 200, ...change });
      return { ...message, emitted_ms: message.window.end_ms + 100 };
    });

  it("has all earlier windows after a kill, and those that arrived meanwhile", async () => {
    await bridge.publish(windows(0, 30));
    await bridge.start();
    await expect.poll(total, polling).toBe(30);
    await bridge.publish(windows(30, 4, { silentChambers: [2] }));
    const standing = async (): Promise<Alarm[]> => bridge.get<Alarm[]>("/api/v1/alarms");
    const silent = async (): Promise<Alarm | undefined> =>
      (await standing()).find(({ finding }) => finding.rule === "silent-chamber");
    await expect.poll(silent, polling).toMatchObject({ finding: { scope: { chamber: 2 } } });
    const { id } = (await silent())!;
    const note = { by: "Shifter", comment: "high voltage is off" };
    await fetch(new URL(`/api/v1/alarms/${id}/acknowledge`, bridge.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(note),
    });
    await bridge.kill();

    await bridge.publish(windows(34, 6, { silentChambers: [2] }));
    await bridge.start();
    await expect.poll(total, polling).toBe(40);
    expect(await silent()).toMatchObject({ id, acknowledged: note, cleared_ms: null });
    expect((await bridge.get<WindowMessage>(`/api/v1/windows/${firstId + 3}`)).msg_ID).toBe(firstId + 3);
    await bridge.publish(windows(40, 3));
    await expect.poll(async () => (await silent())?.cleared_ms, polling).toEqual(expect.any(Number));
    expect(await silent()).toMatchObject({ id, acknowledged: note });
    await expect.poll(total, polling).toBe(43);
    // This request waits for pending writes of the store: from here on no window is only in memory.
    expect(await bridge.get<WindowMessage[]>(`/api/v1/windows?from_ms=0&to_ms=${Date.now()}`)).toHaveLength(
      43,
    );
  }, 400_000);

  it("resumes at the beginning of the topic when unread messages were deleted", async () => {
    await bridge.publish(windows(43, 5));
    const access = { bootstrapServers: bridge.node.bootstrapServers };
    await asAdmin(access, async (admin) => {
      const [{ high } = { high: "0" }] = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: high }] });
    });
    await bridge.publish(windows(48, 2));
    await bridge.start();
    await expect.poll(total, polling).toBe(45);
    expect((await bridge.get<WindowMessage>(`/api/v1/windows/${firstId + 3}`)).msg_ID).toBe(firstId + 3);
    await bridge.kill();

    await asAdmin(access, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await expect.poll(async () => (await admin.listTopics()).includes(topic), polling).toBe(false);
    });
    await ensureTopics(access.bootstrapServers, [cleanTopic(topic)]);
    await bridge.publish(windows(50, 2));
    await bridge.start();
    await expect.poll(total, polling).toBe(47);
  }, 400_000);
});
