/** A bridge that is killed and restarted keeps its history, alarms, acknowledgements, runs and references. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { connected, makeStatus, send, startBridge } from "../dashboard/support.js";
import { SimulatedStream, windowMs } from "./quality/simulated-stream.js";

const scratch = scratchFolder();

describe("a restarted bridge", () => {
  it("resumes where it stopped", async () => {
    const file = join(scratch.path, "history.sqlite");
    const stream = new SimulatedStream({ firstId: Math.floor(Date.now() / windowMs) - 7 });
    const first = await startBridge({ store: new Store({ file }) });
    first.source.sink.status(makeStatus({ hops: [] }));
    const { viewer } = await connected(first.bridge);
    const give = (source: typeof first.source, windows: number): void => {
      for (let i = 0; i < windows; i += 1)
        for (const message of stream.next())
          source.sink.window(
            { ...message, emitted_ms: Date.now() },
            { topic: "data_clean", partition: 0, next: String(message.msg_ID) },
          );
    };
    await send(viewer, "startRun", { number: 7 });
    give(first.source, 12);
    stream.setFaults({ dead_fpga: 0 });
    give(first.source, 2);
    await send(viewer, "takeReference", { name: "r", span: "since" });
    const [alarm] = ((await send(viewer, "alarms", {})) as { value: { id: string }[] }).value;
    await send(viewer, "acknowledge", { alarm: alarm!.id, by: "S" });
    const before = await snapshotOf(first.bridge);
    await first.bridge.close();

    const second = await startBridge({ store: new Store({ file }) });
    const after = await snapshotOf(second.bridge);
    expect(after.trend).toEqual(before.trend);
    expect(after.windows).toEqual(before.windows);
    expect(after.totals).toEqual(before.totals);
    expect(after.alarms).toEqual(before.alarms);
    expect(after.alarms[0]).toMatchObject({ id: alarm!.id, cleared_ms: null, acknowledged: { by: "S" } });
    expect(after.references).toEqual(before.references);
    expect(after.run).toMatchObject({ since_ms: before.run.since_ms, current: { number: 7 } });
    expect(after.quality?.chambers.map(({ state }) => state)).toEqual(["bad", "bad", "good", "good"]);
    expect(second.source.positions).toMatchObject([
      { partition: 0, next: String(before.windows.at(-1)!.msg_ID) },
    ]);

    // Some windows are read from the topic again, which changes nothing; then the fault ends.
    second.source.sink.status(makeStatus({ hops: [] }));
    for (const message of before.windows.slice(-3)) second.source.sink.window(message);
    expect((await snapshotOf(second.bridge)).totals).toEqual(before.totals);
    stream.setFaults({ dead_fpga: null });
    give(second.source, 3);
    const cleared = await snapshotOf(second.bridge);
    expect(cleared.alarms.filter(({ cleared_ms }) => cleared_ms === null)).toEqual([]);
    expect(cleared.totals.windows).toBe(before.totals.windows + 3);
  });
});

async function snapshotOf(
  bridge: Parameters<typeof connected>[0],
): Promise<Awaited<ReturnType<typeof connected>>["snapshot"]> {
  const { viewer, snapshot } = await connected(bridge);
  viewer.disconnect();
  return snapshot;
}
