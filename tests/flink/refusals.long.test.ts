/** What cannot be submitted is refused in one line, on a real cluster whose checkpoints cannot be written. */
import { expect, it } from "vitest";
import { asAdmin, ConfigResourceTypes } from "../../runners/kafka/index.js";
import { describeWithJava } from "../parts/with-java.js";
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

  it("refuses a topic whose messages may be too large", async () => {
    const set = (value: string): Promise<unknown> =>
      asAdmin({ bootstrapServers: system.kafka.bootstrapServers }, (admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: ConfigResourceTypes.TOPIC,
              name: "data_raw",
              configEntries: [
                { name: "max.message.bytes", value },
                { name: "message.timestamp.after.max.ms", value: "60000" },
              ],
            },
          ],
        }),
      );
    await set("4000000");
    await expect(system.submit()).rejects.toThrow(/^topic data_raw has max.message.bytes=4000000: /);
    await set("1000000");
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
