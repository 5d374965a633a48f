/** Starting a job on a briefly unreachable cluster, and aborting the start, with a small server instead of the cluster. */
import { describe, expect, it } from "vitest";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { awaitRunning } from "../../runners/flink/await-running.js";
import { OutageTolerance } from "../../runners/flink/outage-tolerance.js";
import { cancelAndWait } from "../../runners/flink/cancel-and-wait.js";
import { flinkWith, stopFlink, type Answer } from "./fake-flink.js";

const away = (): Promise<never> => Promise.reject(new UnavailableError("connection refused"));

describe("a starting job", () => {
  it("is awaited even if the JobManager has just restarted and does not know it yet, or fails to answer", async () => {
    const unknown: Answer = [404, {}];
    const fault: Answer = [
      500,
      { errors: ["Internal server error.", "<Exception on server side:\na.b.Timeout"] },
    ];
    const { rest } = await flinkWith({
      "GET /jobs/j1": [unknown, [200, { state: "CREATED" }], unknown, [200, { state: "RUNNING" }]],
      "GET /jobs/j1/checkpoints": [
        [200, { counts: { completed: 0, failed: 0 }, latest: {} }],
        unknown,
        fault,
        [200, { counts: { completed: 1, failed: 0 }, latest: {} }],
      ],
    });
    await expect(awaitRunning(rest, "j1", 20_000)).resolves.toBeUndefined();
  });

  it("is abandoned if the server stays unreachable, or on a fault", async () => {
    expect(await new OutageTolerance().ask(away)).toBeNull();
    await expect(new OutageTolerance(0).ask(away)).rejects.toThrow("connection refused");
    const fault = (): Promise<never> => Promise.reject(new MuonitorError("no such thing"));
    await expect(new OutageTolerance().ask(fault)).rejects.toThrow("no such thing");
  });
});

describe("an aborted job", () => {
  const job = (jid: string, name: string, state: string): unknown => ({ jid, name, state, "start-time": 0 });
  const jobs = [
    job("ours", "muonitor", "RUNNING"),
    job("over", "muonitor", "FAILED"),
    job("before", "muonitor", "RUNNING"),
    job("other", "muonitor-lab2", "RUNNING"),
  ];

  it("is cancelled, and no other job, even if the JobManager does not answer at once", async () => {
    const { rest, asked } = await flinkWith({
      "GET /jobs/overview": [
        [503, { errors: ["not yet"] }],
        [200, { jobs }],
      ],
      "PATCH /jobs/ours?mode=cancel": [[202, {}]],
      "GET /jobs/ours": [[200, { state: "CANCELED" }]],
    });
    await cancelAndWait(rest, "muonitor", new Set(["before"]), 20_000);
    expect(asked.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  });

  it("is reported if the JobManager is unreachable", async () => {
    const { rest } = await flinkWith({});
    stopFlink();
    await expect(cancelAndWait(rest, "muonitor", new Set(), 0)).rejects.toThrow(/^no Flink cluster answers/);
  });
});
