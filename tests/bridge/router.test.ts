/** The router of the bridge: it finds the route of a request, or answers that there is none. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { HttpError, sendJson } from "../../dashboard/bridge/answer.js";
import { readJsonObject } from "../../dashboard/bridge/read-body.js";
import { Router, type Area, type Route } from "../../dashboard/bridge/router.js";

const area: Area = {
  prefix: "/api/",
  missing: "no such path",
  admit: ({ request }) => {
    if (request.headers["x-guest"] === "bad") throw new HttpError(429, "wait", { "retry-after": "1" });
  },
  refuse: ({ response }, { status, message, headers }) =>
    sendJson(response, status, { error: message }, headers),
};
const sendPath = (name: string): Route["run"] => {
  return ({ response, path }) => sendJson(response, 200, { name, ...path });
};
const routes: Route[] = [
  { method: "GET", path: "/api/runs", run: sendPath("list") },
  { method: "GET", path: "/api/runs/{number}", run: sendPath("one") },
  { method: "GET", path: "/api/runs/newest", run: sendPath("newest") },
  { method: "POST", path: "/api/runs/{number}/note", run: sendPath("note") },
  {
    method: "PUT",
    path: "/api/body",
    run: async ({ request, response }) => sendJson(response, 200, await readJsonObject(request, 20)),
  },
  { method: "GET", path: "/plain", run: sendPath("plain") },
  {
    method: "GET",
    path: "/bug",
    run: () => {
      throw new Error("a bug");
    },
  },
];

let server: Server;
let bugs: unknown[] = [];
async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; allow: string | null; body: unknown }> {
  const router = new Router(routes, [area]);
  bugs = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://bridge");
    router
      .answer({ request, response, url, path: {} })
      .then((isOwn) => isOwn || response.writeHead(299).end("the page"))
      .catch((error: unknown) => bugs.push(error));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true && text !== "";
  return {
    status: response.status,
    allow: response.headers.get("allow"),
    body: isJson ? JSON.parse(text) : text,
  };
}
afterEach(() => void server.close());

it.each([
  ["/api/runs?limit=3", { name: "list" }],
  ["/api/runs/7", { name: "one", number: "7" }],
  ["/api/runs/newest", { name: "newest" }],
  ["/api/runs/a%2Fb%20c", { name: "one", number: "a/b c" }],
  ["/api/runs/%ff", { name: "one", number: "%ff" }],
  ["/plain", { name: "plain" }],
])("%s is routed, with the parameters in its path decoded", async (path, body) => {
  expect(await ask(path)).toMatchObject({ status: 200, body });
});

it.each(["/", "/plain/", "/plain/x", "/apis", "/__proto__", "/constructor"])(
  "%s is not handled by the router",
  async (path) => {
    expect(await ask(path)).toMatchObject({ status: 299, body: "the page" });
  },
);

it.each(["/api/", "/api/none", "/api/runs/", "/api/runs/7/", "/api/runs//note", "/api/__proto__"])(
  "%s belongs to the router but is not found",
  async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: { error: "no such path" } });
  },
);

it("HEAD is answered like GET, and other methods are refused with a list of the allowed methods", async () => {
  expect(await ask("/api/runs", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  expect(await ask("/api/runs/7", { method: "DELETE" })).toMatchObject({ status: 405, allow: "GET, HEAD" });
  expect(await ask("/api/runs/7/note")).toMatchObject({ status: 405, allow: "POST" });
  expect(await ask("/plain", { method: "OPTIONS" })).toMatchObject({ status: 405, allow: "GET, HEAD" });
});

it("unauthorised clients cannot find out which paths exist", async () => {
  const headers = { "x-guest": "bad" };
  for (const path of ["/api/runs", "/api/none"])
    expect(await ask(path, { headers })).toMatchObject({ status: 429, body: { error: "wait" } });
  expect(await ask("/plain", { headers })).toMatchObject({ status: 200 });
});

it.each([
  ["application/json", '{"a":1}', 200, { a: 1 }],
  ["application/json; charset=utf-8", "{}", 200, {}],
  ["text/plain", "{}", 415, { error: "the body must be application/json" }],
  ["application/json", "[1]", 400, { error: "the body must be a JSON object" }],
  ["application/json", "{", 400, { error: "the body must be a JSON object" }],
  ["application/json", `{"a":"${"x".repeat(30)}"}`, 413, { error: "the body is longer than 20 bytes" }],
])("a body of type %s, %s, gets status %i", async (type, text, status, body) => {
  const init = { method: "PUT", body: text, headers: { "content-type": type } };
  expect(await ask("/api/body", init)).toMatchObject({ status, body });
});

it("a bug is answered with an internal error and reported to the caller", async () => {
  expect(await ask("/bug")).toMatchObject({ status: 500, body: "internal error\n" });
  expect(bugs).toEqual([new Error("a bug")]);
});
