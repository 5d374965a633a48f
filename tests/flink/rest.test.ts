/** Requests to Flink and the handling of its responses, with a small server instead of the cluster. */
import { describe, expect, it } from "vitest";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { flinkWith, stopFlink, type Answer } from "./fake-flink.js";

const trigger: Answer = [200, { "request-id": "r1" }];
const underWay: Answer = [200, { status: { id: "IN_PROGRESS" } }];
const written: Answer = [200, { status: { id: "COMPLETED" }, operation: { location: "file:/s/1" } }];

describe("a savepoint", () => {
  it("is requested and awaited, and its path is returned", async () => {
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

  it("that fails reports the cause in one line", async () => {
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

  it("that takes too long is abandoned", async () => {
    const { rest } = await flinkWith({
      "POST /jobs/j1/savepoints": [trigger],
      "GET /jobs/j1/savepoints/r1": [underWay],
    });
    await expect(rest.savepoint("j1", null, false, 300)).rejects.toThrow(/is not complete after 0\.3 s/);
  });
});

describe("Flink's answers", () => {
  it("list jobs newest first", async () => {
    const jobs = [1, 3, 2].map((start) => ({ jid: `j${start}`, "start-time": start }));
    const { rest } = await flinkWith({ "GET /jobs/overview": [[200, { jobs }]] });
    expect((await rest.jobs()).map(({ jid }) => jid)).toEqual(["j3", "j2", "j1"]);
  });

  it("about an unknown job give a usage error, and a fault is reported with its cause", async () => {
    const exception = (text: string): string =>
      `<Exception on server side:\n${text}\n\tat a.b.C(C.java:1)\n\nEnd of exception on server side>`;
    const fault = (text: string): Answer => [500, { errors: ["Internal server error.", exception(text)] }];
    const { rest } = await flinkWith({
      "GET /jobs/j2": [fault("a.b.Outer\nCaused by: c.Inner: too early"), fault("a.b.Timeout: after 10 s")],
      "GET /jobs/j3": [[400, { errors: ["not a job id"] }]],
    });
    await expect(rest.job("j1")).rejects.toMatchObject({ name: "UsageError" });
    for (const reason of ["c.Inner: too early", "a.b.Timeout: after 10 s"])
      await expect(rest.job("j2")).rejects.toThrow(
        new UnavailableError(`Flink answers 500 to /jobs/j2: ${reason}`),
      );
    await expect(rest.job("j3")).rejects.toThrow(
      new MuonitorError("Flink answers 400 to /jobs/j3: not a job id"),
    );
  });

  it("are replaced by an error with the address if the connection is refused", async () => {
    const { rest } = await flinkWith({});
    stopFlink();
    await expect(rest.slots()).rejects.toThrow(`no Flink cluster answers at ${rest.master}`);
  });
});
