/** What cannot be submitted is refused in one line, on a real cluster whose checkpoints cannot be written. */
import { expect, it } from "vitest";
import { asAdmin, ConfigResourceTypes } from "../../runners/kafka/index.js";
import { describeWithJava } from "../services/with-java.js";
import { useStreamingSystem } from "./system.js";

const unwritable = "file:///proc/nowhere";

describeWithJava("submitting", () => {
  const system = useStreamingSystem({
    partitions: 1,
    submit: false,
    flink: { settings: { "state.checkpoints.dir": unwritable } },
  });

  it("refuses topics that are missing", async () => {
    await expect(system.submit({ rawTopic: "nowhere" })).rejects.toThrow(/^topic nowhere is missing/);
  });

  /** Gives a topic these settings and no others. */
  const set = (name: string, settings: Record<string, string>): Promise<unknown> =>
    asAdmin(system.access, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            ...{ type: ConfigResourceTypes.TOPIC, name },
            configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          },
        ],
      }),
    );
  const fine = { "message.timestamp.after.max.ms": "60000" };

  it("refuses a topic whose messages may be too large", async () => {
    await set("data_raw", { ...fine, "max.message.bytes": "4000000" });
    await expect(system.submit()).rejects.toThrow(/^topic data_raw has max.message.bytes=4000000: /);
    await set("data_raw", fine);
  });

  it("reports in one line why a topic takes no heartbeats", async () => {
    // As if the clock of this machine were behind.
    await set("data_raw", { ...fine, "message.timestamp.before.max.ms": "0" });
    await expect(system.submit()).rejects.toMatchObject({
      name: "MuonitorError",
      message: expect.stringMatching(/^topic data_raw takes no heartbeats: [^\n]* \(the clocks of [^\n]*\)$/),
    });
    await set("data_raw", fine);
  });

  it("refuses a tally that would be counted wrong", async () => {
    await set("data_clean_tally", { "cleanup.policy": "compact" });
    await expect(system.submit()).rejects.toThrow(/^topic data_clean_tally has cleanup.policy=compact: /);
    await set("data_clean_tally", { "cleanup.policy": "delete" });
  });

  it("refuses more tasks than there are slots", async () => {
    await expect(system.submit({ parallelism: 3 })).rejects.toThrow(/^3 tasks need as many free slots/);
  });

  it("fails loudly when checkpoints cannot be written", async () => {
    await expect(system.submit()).rejects.toThrow(
      /^the job was cancelled, it does not run: [^\n]*\/proc\/nowhere/,
    );
  });
});
