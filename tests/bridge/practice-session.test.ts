/**
 * A practice session without a browser: fault, alarm, acknowledgement, clearing; then the documented HTTP
 * interface and the socket's events. The windows are the simulator's, as fast as they can be computed.
 */
import { describe, expect, it, vi } from "vitest";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Bridge, BridgeOptions } from "../../dashboard/bridge/index.js";
import { muonKeyNames } from "../../pipeline/model/index.js";
import type { Alarm, Faults, Quality, RowSample, WindowMessage } from "../../pipeline/model/index.js";
import { connected, makeStatus, startBridge, type MemorySource } from "../dashboard/support.js";
import { SimulatedStream, windowMs } from "./quality/simulated-stream.js";
import { polling } from "../helpers/polling.js";

interface Reply {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test may read JSON freely
  body: any;
}

async function call(bridge: Bridge, method: string, path: string, body?: object): Promise<Reply> {
  const response = await fetch(new URL(path, bridge.url), {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text,
  };
}

/** Makes the windows those of a live stream, which end now. */
class LiveStream {
  readonly stream: SimulatedStream;
  readonly practice: NonNullable<BridgeOptions["practice"]>;

  constructor(firstId: number = Math.floor(Date.now() / windowMs) - 1000) {
    this.stream = new SimulatedStream({ firstId });
    let all: Partial<Faults> = {};
    this.practice = {
      setFaults: (change) => {
        this.stream.setFaults(change);
        return Promise.resolve((all = { ...all, ...change }) as Faults);
      },
    };
  }

  run(source: MemorySource, windows: number): WindowMessage[] {
    const sent = Array.from({ length: windows }, () => this.stream.next()).flat();
    for (const message of sent) source.sink.window({ ...message, emitted_ms: Date.now() });
    return sent;
  }
}

describe("a practice session", () => {
  it("has a fault, its alarm, the acknowledgement and the clearing", async () => {
    const live = new LiveStream(Math.floor(Date.now() / windowMs) - 6);
    const { bridge, source } = await startBridge({ practice: live.practice });
    // Without heartbeats: the windows arrive faster than in real time.
    source.sink.status(makeStatus({ demo: true, hops: [] }));
    const { viewer } = await connected(bridge);
    const alarms: Alarm[] = [];
    const qualities: Quality[] = [];
    const newest = { window: 0 };
    viewer.on("window", ({ message }) => (newest.window = message.msg_ID));
    viewer.on("alarm", (alarm) => alarms.push(alarm));
    const tooEarly: Quality[] = [];
    viewer.on("quality", (quality) => {
      if ((quality.window_id ?? 0) > newest.window) tooEarly.push(quality);
      qualities.push(quality);
    });
    live.run(source, 12);
    await vi.waitFor(() => expect(qualities.at(-1)?.whole.state).toBe("good"), polling);

    expect(
      await call(bridge, "PATCH", "/api/v1/practice/faults", { dead_layer: { chamber: 1, layer: 3 } }),
    ).toMatchObject({
      status: 200,
      body: { dead_layer: { chamber: 1, layer: 3 } },
    });
    live.run(source, 2);
    await vi.waitFor(() => expect(alarms).toHaveLength(1), polling);
    const [raised] = alarms as [Alarm];
    expect(raised).toMatchObject({ cleared_ms: null, acknowledged: null, demo: true });
    expect(raised.finding).toMatchObject({
      rule: "dead-layer",
      scope: { kind: "layer", chamber: 1, layer: 3 },
      state: "bad",
    });
    const state = await call(bridge, "GET", "/api/v1/state");
    expect(state.body.quality.chambers[1]).toMatchObject({
      state: "bad",
      reason: expect.stringContaining("layer 3 is dead"),
    });
    expect(state.body.alarms.map(({ id }: Alarm) => id)).toEqual([raised.id]);

    const note = { by: "Shifter", comment: "<script>alert(1)</script> seen" };
    const taken = await call(bridge, "POST", `/api/v1/alarms/${raised.id}/acknowledge`, note);
    expect(taken).toMatchObject({ status: 200, body: { acknowledged: note } });
    await vi.waitFor(() => expect(alarms.at(-1)?.acknowledged).toMatchObject(note), polling);

    await call(bridge, "PATCH", "/api/v1/practice/faults", { dead_layer: null });
    live.run(source, 3);
    await vi.waitFor(() => expect(alarms.at(-1)?.cleared_ms).not.toBeNull(), polling);
    expect(alarms.at(-1)).toMatchObject({ id: raised.id, acknowledged: note });
    const { body } = await call(bridge, "GET", "/api/v1/alarms?limit=5");
    expect(body).toEqual([alarms.at(-1)]);
    // A window arrives before its judgement.
    expect(tooEarly).toEqual([]);
    const changes = await call(bridge, "GET", "/api/v1/changes");
    const ofChamber = changes.body.filter(
      ({ light }: { light: object }) => JSON.stringify(light) === '{"chamber":1}',
    );
    expect(ofChamber.map(({ to }: { to: string }) => to)).toEqual(["good", "bad", "good", "few"]);
  });
});

describe("runs and references", () => {
  it("have numbers and comments; counts are reset, and data is compared", async () => {
    const live = new LiveStream();
    const { bridge, source } = await startBridge();
    live.run(source, 20);
    const taken = await call(bridge, "POST", "/api/v1/references", {
      name: "good day",
      span: { windows: 12 },
    });
    expect(taken).toMatchObject({ status: 200, body: { name: "good day", windows: 12, chosen: false } });
    const chosen = await call(bridge, "PUT", "/api/v1/chosen-reference", { id: taken.body.id });
    expect(chosen.body[0]).toMatchObject({ chosen: true });
    live.run(source, 1);
    expect((await call(bridge, "GET", "/api/v1/quality")).body.reference).toEqual({
      id: taken.body.id,
      name: "good day",
    });
    const whole = await call(bridge, "GET", `/api/v1/references/${taken.body.id}`);
    expect((await call(bridge, "POST", "/api/v1/references", { ...whole.body, name: "again" })).status).toBe(
      200,
    );
    const broken = await call(bridge, "POST", "/api/v1/references", {
      ...whole.body,
      tdc_counts_chamber: {},
    });
    expect(broken).toEqual({ status: 400, body: { error: "the reference lacks histograms or counts" } });

    const started = await call(bridge, "POST", "/api/v1/runs", { number: 12, comment: "first beam" });
    expect(started.body).toMatchObject({
      current: { number: 12, comment: "first beam", windows: 0 },
      next_number: 13,
    });
    const before = await call(bridge, "GET", "/api/v1/state");
    expect(before.body.totals.windows).toBe(0);
    const lateId = Math.floor(Date.now() / windowMs) + 1;
    const [late, lateMs] = [new LiveStream(lateId), lateId * windowMs];
    late.run(source, 3);
    const during = await call(bridge, "GET", "/api/v1/state");
    expect(during.body).toMatchObject({
      totals: { windows: 3 },
      run: { current: { number: 12, windows: 3 } },
    });
    const sum = await call(bridge, "GET", "/api/v1/picture");
    expect(sum.body).toMatchObject({ windows: 3, hit_count: during.body.totals.hit_count });
    const [, second] = (await call(bridge, "GET", `/api/v1/windows?from_ms=${lateMs}&to_ms=${2 * lateMs}`))
      .body;
    const firstPage = new URL(`/api/v1/windows?from_ms=${lateMs}&to_ms=${2 * lateMs}&limit=1`, bridge.url);
    const next = /^<(.*)>; rel="next"$/.exec((await fetch(firstPage)).headers.get("link") ?? "")?.[1];
    expect((await call(bridge, "GET", next!)).body[0].msg_ID).toBe(second.msg_ID);
    const past = await call(bridge, "GET", `/api/v1/picture?windows=2&up_to=${second.msg_ID}`);
    expect(past.body).toMatchObject({ windows: 2, end_ms: second.window.end_ms });
    expect((await call(bridge, "GET", "/api/v1/picture?windows=61&up_to=1")).status).toBe(400);
    expect((await call(bridge, "POST", "/api/v1/runs/stop")).body.current).toBeNull();
    await call(bridge, "PATCH", "/api/v1/runs/12", { comment: "ended" });
    expect((await call(bridge, "GET", "/api/v1/runs")).body).toMatchObject([
      { number: 12, comment: "ended", windows: 3 },
    ]);
    expect((await call(bridge, "DELETE", `/api/v1/references/${taken.body.id}`)).body).toMatchObject([
      { name: "again" },
    ]);
  });
});

/** The parts of an operation that are checked here. */
interface Operation {
  parameters: { name: string; in: string }[];
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

/** Parameters that every operation of this path understands. */
const dayMs = 86_400_000;
const reportExamples: Record<string, string> = {
  from_ms: String(Date.now() - dayMs),
  to_ms: String(Date.now()),
};
const examples: Record<string, string> = {
  from_ms: "0",
  to_ms: String(Date.now() + 1e7),
  points: "50",
  chamber: "1",
  cell: "7",
  limit: "3",
  windows: "5",
};

describe("the OpenAPI document", () => {
  it("describes the responses of the interface", async () => {
    const live = new LiveStream();
    const place = { partition: 0, offset: "5", record_ms: 1, seen_ms: 2 };
    const sample: RowSample = { kind: "malformed", reason: "fields", text: "2,0", ...place };
    const { bridge, source } = await startBridge({ practice: live.practice, samples: () => [sample] });
    const sent = live.run(source, 15);
    await call(bridge, "POST", "/api/v1/references", { name: "r", span: "since" });
    const { body: document } = await call(bridge, "GET", "/api/v1/openapi.json");
    expect(document.openapi).toBe("3.1.0");
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "doc", components: document.components }] });
    const validator = (schema: object): ValidateFunction =>
      ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll("#/components", "doc#/components")));
    const [reference] = (await call(bridge, "GET", "/api/v1/references")).body;
    const ids: Record<string, string> = { windows: String(sent[0]!.msg_ID), references: reference.id };
    for (const [path, operations] of Object.entries<Record<string, Operation>>(document.paths)) {
      const get = operations["get"];
      if (get === undefined) continue;
      const query = get.parameters
        .filter((one) => one.in === "query" && examples[one.name] !== undefined)
        // A report covers one shift, not all time.
        .map(({ name }) => `${name}=${path.endsWith("/report") ? reportExamples[name] : examples[name]}`);
      const place = path.replace(/([a-z]+)\/\{\w+\}/, (_, kind: string) => `${kind}/${ids[kind]}`);
      const reply = await call(bridge, "GET", `${place}?${query.join("&")}`);
      expect(reply.status, path).toBe(200);
      const validate = validator(get.responses["200"]!.content["application/json"]!.schema);
      expect(validate(reply.body) ? [] : validate.errors, path).toEqual([]);
    }
  });

  it("has the same keys for segments, timing and read-out of a window as the message schema", async () => {
    const live = new LiveStream();
    const { bridge, source } = await startBridge({ practice: live.practice });
    const [sent] = live.run(source, 1);
    expect(Object.keys(sent!)).toEqual(expect.arrayContaining([...muonKeyNames]));
    const { body: document } = await call(bridge, "GET", "/api/v1/openapi.json");
    const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "doc", components: document.components }] });
    const fits = ajv.compile<WindowMessage>({ $ref: "doc#/components/schemas/Window" });
    expect(fits(sent) ? [] : fits.errors).toEqual([]);
    const older = Object.entries(sent!).filter(([key]) => !(muonKeyNames as readonly string[]).includes(key));
    expect(fits(Object.fromEntries(older))).toBe(true);
    const [muon] = sent!.muons!;
    for (const wrong of [
      { muons: [{ ...muon!, sides: "LLRL?" }] },
      { segment_chamber: { "9": sent!.segment_chamber!["0"] } },
      { timing: { scintillator: { signals: -1, orbits: 0, repeated: 0, alone: 0 } } },
    ])
      expect(fits({ ...sent!, ...wrong })).toBe(false);
  });

  it("names every path, and no other paths exist", async () => {
    const { bridge } = await startBridge();
    const { body: document } = await call(bridge, "GET", "/api/v1/openapi.json");
    expect(Object.keys(document.paths).sort()).toMatchSnapshot();
    expect((await call(bridge, "GET", "/api/v1/nothing")).status).toBe(404);
    expect((await call(bridge, "DELETE", "/api/v1/state")).status).toBe(405);
  });

  it.each([
    ["GET", "/api/v1/trend?from_ms=5&to_ms=1&points=3", undefined, "to_ms must be after from_ms"],
    ["GET", "/api/v1/trend?from_ms=x&to_ms=1&points=3", undefined, /from_ms must be an integer/],
    ["GET", "/api/v1/windows?from_ms=0&to_ms=9&limit=5000", undefined, "limit must be an integer 1 to 1000"],
    ["GET", "/api/v1/windows?from_ms=0&to_ms=9&format=xml", undefined, "unknown format"],
    ["GET", "/api/v1/samples", undefined, /^this bridge reads only windows, not rows: /],
    ["GET", "/api/v1/alarms?limit=0", undefined, "limit must be an integer 1 to 500"],
    ["POST", "/api/v1/alarms/x/acknowledge", { by: "me" }, "no such alarm"],
    ["POST", "/api/v1/alarms/x/acknowledge", { by: "" }, "by must have 1 to 80 characters"],
    ["POST", "/api/v1/runs", { number: -1 }, /number must be an integer/],
    ["POST", "/api/v1/runs", { comment: "x".repeat(3000) }, /comment must have/],
    ["PATCH", "/api/v1/practice/faults", { silence: true }, "only the simulator's faults can be switched"],
  ])("covers the one-line refusal of %s %s", async (method, path, body, error) => {
    const { bridge } = await startBridge();
    const reply = await call(bridge, method, path, body);
    expect(reply.status).toBe(400);
    expect(reply.body.error).toMatch(error);
  });
});
