/** Jobs that cannot run are refused in one line, on a real cluster whose checkpoints cannot be written. */
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

  it("submit refuses missing topics", async () => {
    await expect(system.submit({ rawTopic: "nowhere" })).rejects.toThrow(/^topic nowhere is missing/);
  });

  /** Replaces all settings of a topic by these. */
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

  it("submit refuses a topic whose messages may be too large", async () => {
    await set("data_raw", { ...fine, "max.message.bytes": "4000000" });
    await expect(system.submit()).rejects.toThrow(/^topic data_raw has max.message.bytes=4000000: /);
    await set("data_raw", fine);
  });

  it("reports in one line why a topic rejects heartbeats", async () => {
    // As if the clock of this machine were slow.
    await set("data_raw", { ...fine, "message.timestamp.before.max.ms": "0" });
    await expect(system.submit()).rejects.toMatchObject({
      name: "MuonitorError",
      message: expect.stringMatching(/^topic data_raw rejects heartbeats: [^\n]* \(the clocks of [^\n]*\)$/),
    });
    await set("data_raw", fine);
  });

  it("submit refuses a tally topic with wrong settings", async () => {
    await set("data_clean_tally", { "cleanup.policy": "compact" });
    await expect(system.submit()).rejects.toThrow(/^topic data_clean_tally has cleanup.policy=compact: /);
    await set("data_clean_tally", { "cleanup.policy": "delete" });
  });

  it("submit refuses more tasks than free slots", async () => {
    await expect(system.submit({ parallelism: 3 })).rejects.toThrow(/^3 tasks need 3 free slots/);
  });

  it("submit fails with an error if checkpoints cannot be written", async () => {
    await expect(system.submit()).rejects.toThrow(
      /^the job does not run and was cancelled: [^\n]*\/proc\/nowhere/,
    );
  });
});
