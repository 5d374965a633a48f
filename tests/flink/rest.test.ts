/** What is asked of Flink, and what its answers become; the cluster is a small server of the test. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { FlinkRest } from "../../runners/flink/rest.js";

interface Asked {
  method: string | undefined;
  path: string | undefined;
  body: unknown;
}

type Answer = [status: number, body: unknown];

let server: Server | null = null;
afterEach(() => server?.close());

/** A Flink that gives the answers of a path one after the other, the last again and again. */
async function flinkWith(answers: Record<string, Answer[]>): Promise<{ rest: FlinkRest; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const key = `${request.method} ${request.url}`;
      asked.push({ method: request.method, path: request.url, body: text === "" ? null : JSON.parse(text) });
      const left = answers[key] ?? [[404, {}]];
      const [status, body] = (left.length > 1 ? left.shift() : left[0]) as Answer;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { rest: new FlinkRest(`127.0.0.1:${port}`), asked };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

const trigger: Answer = [200, { "request-id": "r1" }];
const underWay: Answer = [200, { status: { id: "IN_PROGRESS" } }];
const written: Answer = [200, { status: { id: "COMPLETED" }, operation: { location: "file:/s/1" } }];

describe("a savepoint", () => {
  it("is asked for, waited for, and told", async () => {
    const { rest, asked } = await flinkWith({
      "POST /jobs/j1/savepoints": [trigger],
      "GET /jobs/j1/savepoints/r1": [underWay, underWay, written],
    });
    expect(await rest.savepoint("j1", "file:/s", false, 10_000)).toBe("file:/s/1");
    expect(asked[0]?.body).toEqual({ "cancel-job": false, "target-directory": "file:/s" });
    expect(asked).toHaveLength(4);
  });

  it("ends its job by cancelling it, never by Flink's stop, which closes open windows", async () => {
    const { rest, asked } = await flinkWith({
      "POST /jobs/j1/savepoints": [trigger],
      "GET /jobs/j1/savepoints/r1": [written],
      "GET /jobs/j1": [
        [200, { state: "CANCELLING" }],
        [200, { state: "CANCELED" }],
      ],
    });
    expect(await rest.savepoint("j1", null, true, 10_000)).toBe("file:/s/1");
    expect(asked[0]).toEqual({ method: "POST", path: "/jobs/j1/savepoints", body: { "cancel-job": true } });
    expect(asked.map(({ path }) => path)).not.toContain("/jobs/j1/stop");
    expect(asked).toHaveLength(4);
  });

  it("that fails tells the cause in one line", async () => {
    const trace = "java.lang.Exception: outer\n\tat x\nCaused by: java.io.IOException: disk is full\n\tat y";
    const failed: Answer = [
      200,
      { status: { id: "COMPLETED" }, operation: { "failure-cause": { "stack-trace": trace } } },
    ];
    const { rest } = await flinkWith({
      "POST /jobs/j1/savepoints": [trigger],
      "GET /jobs/j1/savepoints/r1": [failed],
    });
    await expect(rest.savepoint("j1", null, false, 10_000)).rejects.toThrow(
      /^the savepoint failed: java\.io\.IOException: disk is full$/,
    );
  });

  it("that takes too long is given up", async () => {
    const { rest } = await flinkWith({
      "POST /jobs/j1/savepoints": [trigger],
      "GET /jobs/j1/savepoints/r1": [underWay],
    });
    await expect(rest.savepoint("j1", null, false, 300)).rejects.toThrow(/is not complete after 0\.3 s/);
  });
});

describe("Flink's answers", () => {
  it("jobs come newest first", async () => {
    const jobs = [1, 3, 2].map((start) => ({ jid: `j${start}`, "start-time": start }));
    const { rest } = await flinkWith({ "GET /jobs/overview": [[200, { jobs }]] });
    expect((await rest.jobs()).map(({ jid }) => jid)).toEqual(["j3", "j2", "j1"]);
  });

  it("an unknown job is the user's mistake, a fault is told with its cause", async () => {
    const { rest } = await flinkWith({ "GET /jobs/j2": [[500, { errors: ["a\\nCaused by: b"] }]] });
    await expect(rest.job("j1")).rejects.toMatchObject({ name: "UsageError" });
    await expect(rest.job("j2")).rejects.toThrow(/answers 500 to \/jobs\/j2/);
  });

  it("nobody there is told with the address", async () => {
    const { rest } = await flinkWith({});
    server?.close();
    await expect(rest.slots()).rejects.toThrow(`no Flink cluster answers at ${rest.master}`);
  });
});
