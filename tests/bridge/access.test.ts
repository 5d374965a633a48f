/** Access to the bridge, its request limits, and its endpoints for supervision. */
import { describe, expect, it } from "vitest";
import { RateLimit } from "../../dashboard/bridge/api/access.js";
import { createGuard } from "../../dashboard/bridge/guard.js";
import { makeMessage } from "../helpers/messages.js";
import { connect, connected, makeStatus, next, startBridge } from "../dashboard/support.js";

const token = "secret-of-the-shift";

describe("a bridge with a token", () => {
  it("refuses pages without it, with the reason", async () => {
    const { bridge } = await startBridge({ token });
    for (const auth of [{}, { token: "wrong" }, { token: 5 }, { token: [token] }]) {
      const refused = connect(bridge, { auth, reconnection: false });
      const error = await new Promise<Error>((resolve) => refused.once("connect_error", resolve));
      expect(error.message).toBe("token");
    }
    expect(await next(connect(bridge, { auth: { token } }), "snapshot")).toMatchObject({ cursor: 0 });
  });

  it("allows programs without it only the health check and the OpenAPI document", async () => {
    const { bridge } = await startBridge({ token });
    const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(new URL(path, bridge.url), { headers });
    for (const path of ["/api/v1/state", "/api/v1/windows?from_ms=0&to_ms=1", "/metrics"]) {
      expect((await ask(path)).status).toBe(401);
      expect((await ask(path, { authorization: "Bearer wrong" })).status).toBe(401);
      const answer = await ask(path, { authorization: `Bearer ${token}` });
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toContain(token);
    }
    for (const path of ["/healthz", "/api/v1/openapi.json", "/"]) expect((await ask(path)).status).toBe(200);
  });
});

describe("requests of pages", () => {
  it("from other sites are refused unless their origins are listed", () => {
    const guard = createGuard("127.0.0.1", [], ["https://shifts.example"]);
    const host = "127.0.0.1:8080";
    expect(guard({ host, origin: "https://evil.example" })).toBe(false);
    expect(guard({ host, origin: "https://shifts.example" })).toBe(true);
    expect(guard({ host, origin: "http://shifts.example" })).toBe(false);
    expect(guard({ host: "evil.example", origin: "https://shifts.example" })).toBe(false);
  });
});

describe("limits", () => {
  it("a packet that is too large ends its connection and nothing else", async () => {
    const { bridge, source } = await startBridge();
    const other = await connected(bridge);
    const { viewer } = await connected(bridge);
    const gone = new Promise((resolve) => viewer.once("disconnect", resolve));
    viewer.io.opts.reconnection = false;
    (viewer as unknown as { emit: (name: string, body: string) => void }).emit(
      "startRun",
      "x".repeat(2 << 20),
    );
    await gone;
    const window = next(other.viewer, "window");
    source.sink.window(makeMessage({ id: 1, orbits: 5 }));
    expect((await window).message.msg_ID).toBe(1);
  });

  it("a body that is too large is refused", async () => {
    const { bridge } = await startBridge();
    const answer = await fetch(new URL("/api/v1/references", bridge.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "x".repeat(2 << 20) }),
    });
    expect(answer.status).toBe(413);
    const form = await fetch(new URL("/api/v1/runs", bridge.url), { method: "POST", body: "number=1" });
    expect(form.status).toBe(415);
    const packed = await fetch(new URL("/api/v1/runs", bridge.url), {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: "{}",
    });
    expect([packed.status, await packed.text()]).toEqual([
      415,
      expect.stringContaining("gzip is not supported"),
    ]);
  });

  it("the request rate is limited for each address", () => {
    let ms = 0;
    const limit = new RateLimit(2, 3, () => ms);
    expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([true, true, true, false]);
    expect(limit.take("b")).toBe(true);
    ms += 1000;
    expect([1, 2, 3].map(() => limit.take("a"))).toEqual([true, true, false]);
  });
});

describe("the endpoints for supervision", () => {
  it("report readiness and metrics", async () => {
    const { bridge, source } = await startBridge();
    const get = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(new URL(path, bridge.url));
      return [answer.status, await answer.text()];
    };
    expect((await get("/healthz"))[0]).toBe(200);
    expect(await get("/readyz")).toEqual([503, '{"status":"not ready","reasons":["no status yet"]}\n']);
    source.sink.status(
      makeStatus({ late: { messages: 2, rows: 20 }, unread: { raw_messages: 7, window_rows: null } }),
    );
    expect((await get("/readyz"))[0]).toBe(200);
    source.sink.window(makeMessage({ id: 1, orbits: 50 }));
    source.sink.window(makeMessage({ id: 1, orbits: 60, revision: 1 }));
    await connected(bridge);
    const [status, text] = await get("/metrics");
    expect(status).toBe(200);
    for (const line of [
      "muonitor_windows_total 1",
      "muonitor_window_corrections_total 1",
      "muonitor_clients 1",
      "muonitor_late_dropped_rows 20",
      "muonitor_unread_messages 7",
      'muonitor_quality{light="chamber 0",state="few"} 1',
      'muonitor_hop_rate{hop="pipeline",unit="rows"} 1000',
      "muonitor_store_ok 1",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toMatch(/^muonitor_data_age_seconds \d/m);
    expect(text).toMatch(/^muonitor_hop_age_seconds\{hop="data_raw"\} \d/m);
  });
});
