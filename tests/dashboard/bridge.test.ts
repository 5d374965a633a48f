import { randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createBridge } from "../../dashboard/bridge/index.js";
import { noFaults, socketProtocol, UnavailableError, type Faults } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { connect, connected, makeStatus, MemorySource, next, send, startBridge } from "./support.js";
import { polling } from "../helpers/polling.js";

const small = { orbits: 5 };

describe("a new viewer", () => {
  it("gets every window in memory as a trend point and the newest windows in full", async () => {
    const { bridge, source } = await startBridge({ historyWindows: 40 });
    for (let id = 1; id <= 50; id += 1) source.sink.window(makeMessage({ id, ...small }));
    const { snapshot } = await connected(bridge);
    expect(snapshot.trend.map(({ msg_ID }) => msg_ID)).toEqual(Array.from({ length: 40 }, (_, i) => i + 11));
    expect(snapshot.windows.map(({ msg_ID }) => msg_ID)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 27),
    );
    expect(snapshot).toMatchObject({ protocol: socketProtocol, cursor: 50, totals: { windows: 50 } });
    expect(snapshot.windows.at(-1)).toEqual(makeMessage({ id: 50, ...small }));
  });

  it("gets each new window, and the totals follow corrections", async () => {
    const { bridge, source } = await startBridge();
    const { viewer } = await connected(bridge);
    const first = next(viewer, "window");
    source.sink.window(makeMessage({ id: 7, ...small }));
    expect(await first).toMatchObject({ cursor: 1, message: { msg_ID: 7 }, totals: { windows: 1 } });
    const second = next(viewer, "window");
    const corrected = makeMessage({ id: 7, orbits: 8, revision: 1 });
    source.sink.window(corrected);
    expect(await second).toMatchObject({ cursor: 2, totals: { windows: 1, hit_count: corrected.hit_count } });
  });

  it("gets the status with the bridge as an additional stage", async () => {
    const { bridge, source } = await startBridge();
    const { viewer } = await connected(bridge);
    const status = next(viewer, "status");
    source.sink.status(makeStatus());
    const { hops } = await status;
    expect(hops.map(({ hop }) => hop)).toEqual(["readout", "data_raw", "pipeline", "data_clean", "bridge"]);
    expect(hops.at(-1)).toMatchObject({ unit: "clients", rate_hz: 1 });
  });

  it("sees the time advance when the source is silent", async () => {
    const { bridge, source } = await startBridge();
    const { viewer } = await connected(bridge);
    const first = next(viewer, "status");
    source.sink.status(makeStatus());
    const before = await first;
    const after = await next(viewer, "status");
    expect(after.now_ms).toBeGreaterThan(before.now_ms);
    expect(after.hops[0]).toEqual(before.hops[0]);
  });
});

describe("a viewer that reconnects", () => {
  it("gets only what it missed", async () => {
    const { bridge, source } = await startBridge();
    const { snapshot } = await connected(bridge);
    for (const id of [1, 2, 3]) source.sink.window(makeMessage({ id, ...small }));
    const auth = { protocol: socketProtocol, epoch: snapshot.epoch, cursor: 1 };
    const viewer = connect(bridge, { auth });
    const got: number[] = [];
    viewer.on("snapshot", () => expect.fail("a snapshot was not needed"));
    viewer.on("window", ({ message }) => got.push(message.msg_ID));
    await vi.waitFor(() => expect(got).toEqual([2, 3]), polling);
  });

  it.each([
    ["the gap is no longer in memory", { cursor: 1 }],
    ["the bridge was restarted", { epoch: "another", cursor: 30 }],
    ["the cursor does not exist", { cursor: 31 }],
    ["the cursor is not a number", { cursor: "30" }],
    ["its protocol version differs", { protocol: 99, cursor: 30 }],
  ])("gets everything again when %s", async (_, change) => {
    const { bridge, source } = await startBridge({ historyWindows: 5 });
    const { snapshot } = await connected(bridge);
    for (let id = 1; id <= 30; id += 1) source.sink.window(makeMessage({ id, ...small }));
    const auth = { protocol: socketProtocol, epoch: snapshot.epoch, ...change };
    expect(await next(connect(bridge, { auth }), "snapshot")).toMatchObject({ cursor: 30 });
  });
});

describe("requests", () => {
  it("return windows by number", async () => {
    const { bridge, source } = await startBridge();
    const { viewer } = await connected(bridge);
    for (const id of [1, 2, 3]) source.sink.window(makeMessage({ id, ...small }));
    const answer = await send(viewer, "windows", [3, 1, 44]);
    const value = [makeMessage({ id: 3, ...small }), makeMessage({ id: 1, ...small })];
    expect(answer).toEqual({ ok: true, value });
  });

  it.each([
    ["windows", "no list"],
    ["windows", [1.5]],
    ["windows", ["1"]],
    ["windows", [null]],
    ["windows", Array.from({ length: 25 }, (_, i) => i)],
    ["faults", null],
    ["faults", []],
    ["faults", { unknown: 1 }],
    ["faults", { ["__proto__x"]: true }],
    ["faults", { silence: 1 }],
    ["faults", { garbage: 2 }],
    ["faults", { garbage: Number.NaN }],
    ["faults", { dead_layer: { chamber: 4, layer: 1 } }],
    ["faults", { dead_layer: { chamber: 1, layer: 1, more: 1 } }],
    ["faults", { hot_wire: { chamber: 0, cell: 64, rate_hz: 1 } }],
    ["faults", { hot_wire: { chamber: 0, cell: 6, rate_hz: 10_001 } }],
    ["faults", { dead_fpga: 2 }],
    ["rate", 0],
    ["rate", "1000"],
    ["rate", 1e9],
    ["rate", null],
  ])("of %s with %j are refused", async (name, payload) => {
    const [setFaults, setRate] = [vi.fn(), vi.fn()];
    const { bridge } = await startBridge({ practice: { setFaults, setRate } });
    const { viewer } = await connected(bridge);
    expect(await send(viewer, name, payload)).toMatchObject({ ok: false, error: expect.any(String) });
    expect(setFaults).not.toHaveBeenCalled();
    expect(setRate).not.toHaveBeenCalled();
  });

  it("that are unknown, or expect no answer, are ignored", async () => {
    const { bridge } = await startBridge();
    const { viewer } = await connected(bridge);
    const raw = viewer as unknown as { emit: (name: string, ...args: unknown[]) => void };
    raw.emit("constructor", {});
    raw.emit("windows");
    raw.emit("windows", [1], "no function");
    raw.emit("faults", { silence: true });
    expect(await send(viewer, "windows", [])).toEqual({ ok: true, value: [] });
  });

  it("switch faults for all viewers at once", async () => {
    let faults: Faults = noFaults;
    const setFaults = (change: Partial<Faults>): Promise<Faults> =>
      Promise.resolve((faults = { ...faults, ...change }));
    const { bridge, source } = await startBridge({ practice: { setFaults } });
    const { viewer } = await connected(bridge);
    source.sink.status(makeStatus());
    await next(viewer, "status");
    const status = next((await connected(bridge)).viewer, "status");
    expect(
      await send(viewer, "faults", { silence: true, dead_layer: { chamber: 1, layer: 3 } }),
    ).toMatchObject({
      ok: true,
      value: { silence: true, dead_layer: { chamber: 1, layer: 3 } },
    });
    expect((await status).faults).toBeDefined();
    await vi.waitFor(async () => expect((await next(viewer, "status")).faults?.silence).toBe(true), polling);
  });

  it("set the rate if the source has one", async () => {
    const setFaults = vi.fn();
    const setRate = vi.fn((rateHz: number) => Promise.resolve(rateHz));
    const { viewer } = await connected((await startBridge({ practice: { setFaults, setRate } })).bridge);
    expect(await send(viewer, "rate", 5000)).toEqual({ ok: true, value: 5000 });
    const fixed = await connected((await startBridge({ practice: { setFaults } })).bridge);
    expect(await send(fixed.viewer, "rate", 5000)).toMatchObject({ ok: false });
  });

  it("for faults are refused if there is no simulator or if it fails", async () => {
    const plain = await connected((await startBridge()).bridge);
    expect(await send(plain.viewer, "faults", { silence: true })).toMatchObject({ ok: false });
    const setFaults = (): Promise<Faults> => Promise.reject(new Error("no simulator here"));
    const broken = await connected((await startBridge({ practice: { setFaults } })).bridge);
    expect(await send(broken.viewer, "faults", {})).toEqual({ ok: false, error: "no simulator here" });
  });

  it("in a flood end their own connection only", async () => {
    const { bridge } = await startBridge();
    const { viewer } = await connected(bridge);
    const other = await connected(bridge);
    const gone = once(viewer as never, "disconnect");
    for (let i = 0; i < 200; i += 1) viewer.emit("windows", [], () => undefined);
    await gone;
    expect(await send(other.viewer, "windows", [])).toEqual({ ok: true, value: [] });
  });

  it.each([200_000, 2_000_000])("of %i bytes end their own connection only", async (bytes) => {
    const { bridge } = await startBridge();
    const { viewer } = await connected(bridge);
    const other = await connected(bridge);
    const gone = once(viewer as never, "disconnect");
    (viewer as unknown as { emit: (name: string, text: string) => void }).emit("windows", "x".repeat(bytes));
    await gone;
    expect(await send(other.viewer, "windows", [])).toEqual({ ok: true, value: [] });
  });
});

describe("the port", () => {
  it("is free after close even with connected viewers, and the source is closed once", async () => {
    const { bridge, source } = await startBridge();
    const { viewer } = await connected(bridge);
    const gone = once(viewer as never, "disconnect");
    await Promise.all([bridge.close(), bridge.close()]);
    await gone;
    expect(source.closed).toBe(1);
    const probe = connectTcp(bridge.port, "127.0.0.1");
    const [error] = (await once(probe, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("in use gives a clear one-line error", async () => {
    const { bridge } = await startBridge();
    const second = startBridge({ port: bridge.port });
    await expect(second).rejects.toThrow(UnavailableError);
    await expect(second).rejects.toThrow(`port ${bridge.port} on 127.0.0.1 is in use: choose another port`);
  });

  it("is released if the source does not start", async () => {
    const source = new MemorySource();
    source.start = () => Promise.reject(new Error("no Kafka"));
    await expect(startBridge({ source })).rejects.toThrow("no Kafka");
    expect(source.closed).toBe(1);
  });

  it("is not opened if the page is not built", async () => {
    const options = { source: new MemorySource(), pageFolder: "/nowhere" };
    await expect(createBridge(options)).rejects.toThrow("the page is not built: /nowhere/index.html");
  });
});

describe("a viewer with a slow connection", () => {
  it("has a bounded number of pending packets, delays no other viewer, and catches up", async () => {
    const { bridge, source } = await startBridge();
    const slow = await connected(bridge);
    const quick = await connected(bridge);
    const wire = wireOf(slow.viewer);
    wire.pause();
    onTestFinished(() => wire.resume());
    let [id, seen] = [0, 0];
    // Incompressible data, so that the connection is soon full.
    const large = { ...makeMessage({ id: 1, ...small }), noise: randomBytes(300_000).toString("base64") };
    quick.viewer.on("window", ({ cursor }) => (seen = cursor));
    while (bridge.viewers.behind === 0) {
      expect(id).toBeLessThan(2_000);
      id += 1;
      const window = { start_ms: id * 5000, end_ms: (id + 1) * 5000, time: "arrival" as const };
      source.sink.window({ ...large, msg_ID: id, window });
      const sent = id;
      await vi.waitFor(() => expect(seen).toBe(sent), { ...polling, interval: 1 });
    }
    source.sink.window(makeMessage({ id: (id += 1), ...small }));
    await vi.waitFor(() => expect(seen).toBe(id), { ...polling, interval: 1 });
    const last = new Promise<void>((resolve) => {
      slow.viewer.on("window", ({ cursor }) => cursor === id && resolve());
      slow.viewer.on("snapshot", ({ cursor }) => cursor === id && resolve());
    });
    wire.resume();
    await last;
    expect(bridge.viewers).toEqual({ clients: 2, behind: 0 });
  });
});

/** The TCP socket of a viewer in Node. */
function wireOf(viewer: object): { pause: () => void; resume: () => void } {
  const { io } = viewer as { io: { engine: { transport: { ws: { _socket: never } } } } };
  return io.engine.transport.ws._socket;
}
