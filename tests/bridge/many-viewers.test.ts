/** Two hundred pages at once: each gets all windows, traffic is small, and no page waits long. */
import { expect, it, vi } from "vitest";
import { makeMessage } from "../helpers/messages.js";
import { connect, startBridge, type Viewer } from "../dashboard/support.js";

const viewers = 200;
const windows = 5;

it("serves 200 viewers", async () => {
  const { bridge, source } = await startBridge();
  for (let id = 1; id <= 30; id += 1) source.sink.window(makeMessage({ id }));
  let snapshots = 0;
  const got = new Map<Viewer, number[]>();
  for (let i = 0; i < viewers; i += 1) {
    const viewer = connect(bridge);
    viewer.once("snapshot", ({ windows: held }) => (snapshots += Number(held.length === 24)));
    viewer.on("window", ({ message }) => got.set(viewer, [...(got.get(viewer) ?? []), message.msg_ID]));
  }
  await vi.waitFor(() => expect(snapshots).toBe(viewers), { timeout: 20_000, interval: 50 });
  expect(bridge.viewers).toEqual({ clients: viewers, behind: 0 });
  for (let id = 31; id < 31 + windows; id += 1) source.sink.window(makeMessage({ id }));
  const all = Array.from({ length: windows }, (_, i) => i + 31);
  await vi.waitFor(() => expect([...got.values()]).toEqual(Array.from({ length: viewers }, () => all)), {
    timeout: 20_000,
    interval: 50,
  });
}, 60_000);

it("sends compressed windows", async () => {
  const { bridge, source } = await startBridge();
  const viewer = connect(bridge);
  await new Promise((resolve) => viewer.once("snapshot", resolve));
  const wire = (viewer.io.engine as unknown as { transport: { ws: { _socket: { bytesRead: number } } } })
    .transport.ws._socket;
  const before = wire.bytesRead;
  const message = makeMessage({ id: 1, orbits: 600 });
  const window = new Promise((resolve) => viewer.once("window", resolve));
  source.sink.window(message);
  await window;
  expect(wire.bytesRead - before).toBeLessThan(JSON.stringify(message).length / 1.8);
});
