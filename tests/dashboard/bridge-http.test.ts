import { rmSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "node:net";
import { request, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { sendJson, type Bridge, type Routes } from "../../dashboard/bridge/index.js";
import { createGuard } from "../../dashboard/bridge/guard.js";
import { refuseInText } from "../../dashboard/bridge/router.js";
import { createWebServer, listen } from "../../dashboard/bridge/web-server.js";
import { connect, makePage, startBridge } from "./support.js";

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function ask(
  bridge: Bridge,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Reply> {
  const sent = request({ host: "127.0.0.1", port: bridge.port, path, headers, method });
  sent.end();
  const [response] = await once(sent, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe("the page", () => {
  it("has a strict content security policy with a new nonce for each response", async () => {
    const { bridge } = await startBridge();
    const [one, two] = [await ask(bridge, "/"), await ask(bridge, "/index.html?x=1")];
    const policy = String(one.headers["content-security-policy"]);
    const nonce = /script-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(one.body).toBe(`<script nonce="${nonce}" src="./assets/a.js"></script>`);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${bridge.port}`);
    expect(two.body).not.toBe(one.body);
    expect(one.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
  });

  it("has cacheable assets, gives no access to files outside its folder, and allows no other methods", async () => {
    const { bridge } = await startBridge();
    const asset = await ask(bridge, "/assets/a.js");
    expect(asset).toMatchObject({ status: 200, body: "export {};" });
    expect(asset.headers["cache-control"]).toContain("immutable");
    expect((await ask(bridge, "/../../../etc/passwd")).status).toBe(404);
    expect((await ask(bridge, "/%2e%2e/%2e%2e/etc/passwd")).status).toBe(404);
    expect((await ask(bridge, "/none.js")).status).toBe(404);
    expect((await ask(bridge, "/", {}, "POST")).status).toBe(405);
    expect((await ask(bridge, "/", {}, "HEAD")).body).toBe("");
  });
});

it("a file of the page that a new build has removed is not found, and the bridge keeps running", async () => {
  const pageFolder = makePage();
  const { bridge } = await startBridge({ pageFolder });
  rmSync(join(pageFolder, "assets"), { recursive: true });
  expect((await ask(bridge, "/assets/a.js")).status).toBe(404);
  expect((await ask(bridge, "/")).status).toBe(200);
});

describe("additional routes", () => {
  it("answer requests with their method and path; a bug in a route gives a single error response", async () => {
    const lines: string[] = [];
    const routes: Routes = [
      { method: "GET", path: "/health", run: ({ response }) => void response.end("fine") },
      { method: "GET", path: "/broken", run: () => Promise.reject(new Error("a bug")) },
    ];
    const { bridge } = await startBridge({ routes, log: (line) => lines.push(line) });
    expect(await ask(bridge, "/health?x")).toMatchObject({ status: 200, body: "fine" });
    expect((await ask(bridge, "/health", {}, "POST")).status).toBe(405);
    expect((await ask(bridge, "/broken")).status).toBe(500);
    expect((await ask(bridge, "/health", { host: "evil.example" })).status).toBe(403);
    expect(lines).toEqual(["GET /broken: a bug"]);
  });
});

describe("HEAD", () => {
  it.each([
    ["/", 200],
    ["/assets/a.js", 200],
    ["/none.js", 404],
    ["/healthz", 200],
    ["/readyz", 503],
    ["/metrics", 200],
    ["/api/status", 200],
    ["/api/v1/openapi.json", 200],
    ["/api/v1/rules", 200],
    ["/api/v1/windows?from_ms=0&to_ms=1", 200],
    ["/api/v1/none", 404],
  ])("of %s has the headers of GET and no body", async (path, status) => {
    const run: Routes[number]["run"] = ({ response }) => sendJson(response, 200, { rows: 1 });
    const { bridge } = await startBridge({ routes: [{ method: "GET", path: "/api/status", run }] });
    for (const headers of [{}, { "accept-encoding": "gzip" }] as Record<string, string>[]) {
      const [get, head] = [await ask(bridge, path, headers), await ask(bridge, path, headers, "HEAD")];
      expect([get.status, head.status, head.body]).toEqual([status, status, ""]);
      expect(get.headers["content-length"]).toBeDefined();
      expect(steady(head.headers)).toEqual(steady(get.headers));
    }
  });
});

describe("other methods", () => {
  it.each([
    ["POST", "/", "GET, HEAD"],
    ["DELETE", "/healthz", "GET, HEAD"],
    ["POST", "/metrics", "GET, HEAD"],
    ["GET", "/api/records", "POST"],
    ["HEAD", "/api/records", "POST"],
    ["PUT", "/api/v1/openapi.json", "GET, HEAD"],
    ["DELETE", "/api/v1/rules", "GET, HEAD"],
    ["HEAD", "/api/v1/totals/reset", "POST"],
  ])("(%s of %s) are refused with a list of the allowed methods", async (method, path, allow) => {
    const routes: Routes = [{ method: "POST", path: "/api/records", run: () => undefined }];
    const { bridge } = await startBridge({ routes });
    const { status, headers } = await ask(bridge, path, {}, method);
    expect([status, headers.allow]).toEqual([405, allow]);
  });
});

/** Headers without those that differ in each response. */
function steady(headers: IncomingHttpHeaders): [string, unknown][] {
  const fresh = ["date", "content-security-policy"];
  return Object.entries(headers).filter(([name]) => !fresh.includes(name));
}

/** Sends these lines over a plain TCP connection. @returns the response */
async function raw(bridge: Bridge, lines: readonly string[]): Promise<string> {
  const line = createConnection(bridge.port, "127.0.0.1");
  line.end([...lines, "Connection: close", "", ""].join("\r\n"));
  return text(line);
}

describe("malformed requests", () => {
  it.each(["//", "//:", "//[", "//[x", "/\\", "/\\[", "http://", "http://[", "http://:x/"])(
    "for %s are refused, and the bridge keeps running",
    async (path) => {
      const { bridge } = await startBridge({ token: "secret" });
      const host = `Host: 127.0.0.1:${bridge.port}`;
      for (const method of ["GET", "POST", "OPTIONS"])
        expect(await raw(bridge, [`${method} ${path} HTTP/1.1`, host])).toMatch(/^HTTP\/1\.1 400 /);
      expect((await ask(bridge, "/")).status).toBe(200);
    },
  );

  it.each([
    "///",
    "/%",
    "/%ff",
    "/%00",
    "/..%2f..",
    "/api/v1/%",
    "/api/v1//",
    "*",
    "/?//",
    "/socket.io/%?EIO=x",
  ])("for %s get an answer, and the bridge keeps running", async (path) => {
    const lines: string[] = [];
    const { bridge } = await startBridge({ log: (line) => lines.push(line) });
    const host = `Host: 127.0.0.1:${bridge.port}`;
    expect(await raw(bridge, [`GET ${path} HTTP/1.1`, host])).toMatch(/^HTTP\/1\.1 [24]\d\d /);
    const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"];
    await raw(bridge, [`GET ${path} HTTP/1.1`, host, ...upgrade]);
    expect((await ask(bridge, "/")).status).toBe(200);
    expect(lines).toEqual([]);
  });

  it("that meet a bug in the access check get an error response", async () => {
    const lines: string[] = [];
    const server = createWebServer({
      guard: () => true,
      pageFolder: makePage(),
      areas: [
        {
          prefix: "/",
          missing: "",
          admit: () => {
            throw new Error("a bug");
          },
          refuse: refuseInText,
        },
      ],
      log: (line) => lines.push(line),
    });
    onTestFinished(() => void server.close());
    const { port } = await listen(server, "127.0.0.1", 0);
    expect((await fetch(`http://127.0.0.1:${port}/x`)).status).toBe(500);
    expect(lines).toEqual(["GET /x: a bug"]);
  });

  it("for a format named like a property of JavaScript objects are refused", async () => {
    const { bridge } = await startBridge();
    const path = "/api/v1/trend?from_ms=0&to_ms=1000&points=10&format=toString";
    expect(await ask(bridge, path)).toMatchObject({ status: 400, body: '{"error":"unknown format"}\n' });
  });
});

describe("requests of foreign sites", () => {
  it("are refused by their Host header", async () => {
    const { bridge } = await startBridge();
    for (const host of [
      "evil.example",
      `evil.example:${bridge.port}`,
      "localhost.evil.example",
      "127.0.0.1@evil",
    ]) {
      expect((await ask(bridge, "/", { host })).status, host).toBe(403);
    }
    for (const host of [`localhost:${bridge.port}`, `LOCALHOST:${bridge.port}`, `[::1]:${bridge.port}`]) {
      expect((await ask(bridge, "/", { host })).status, host).toBe(200);
    }
  });

  it.each(["websocket", "polling"] as const)("get no socket with %s", async (transport) => {
    const { bridge } = await startBridge();
    const extraHeaders = { origin: "http://evil.example" };
    const viewer = connect(bridge, { transports: [transport], extraHeaders, reconnection: false });
    await once(viewer as never, "connect_error");
    expect(viewer.connected).toBe(false);
    const rebound = { host: "evil.example", origin: "http://evil.example" };
    expect((await ask(bridge, "/socket.io/?EIO=4&transport=polling", rebound)).status).toBe(403);
  });

  it("are refused by their origin, while the page's own origin is accepted", async () => {
    const { bridge } = await startBridge();
    const extraHeaders = { origin: bridge.url.slice(0, -1) };
    const viewer = connect(bridge, { extraHeaders });
    await once(viewer as never, "connect");
    expect(viewer.connected).toBe(true);
  });
});

describe("the guard", () => {
  it("allows configured host names, and plain IP addresses when it listens on all interfaces", () => {
    const guard = createGuard("0.0.0.0", ["muonitor.pd.infn.it"]);
    expect(guard({ host: "muonitor.pd.infn.it" })).toBe(true);
    expect(guard({ host: "10.1.2.3:8080" })).toBe(true);
    expect(guard({ host: "other.example" })).toBe(false);
    expect(guard({})).toBe(false);
    expect(createGuard("127.0.0.1", [])({ host: "10.1.2.3" })).toBe(false);
  });

  it("refuses cross-site requests but allows links to the page", () => {
    const guard = createGuard("127.0.0.1", []);
    const headers = { host: "localhost", "sec-fetch-site": "cross-site" };
    expect(guard({ ...headers, "sec-fetch-mode": "no-cors" })).toBe(false);
    expect(guard({ ...headers, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })).toBe(true);
    expect(guard({ host: "localhost", origin: "null" })).toBe(false);
  });
});
