/** A short `npm run chaos`: faults of every kind while known rows are sent; the status must be correct and the audit complete. */
import { beforeAll, expect, it } from "vitest";
import { runChaos } from "../bench/chaos/run.js";
import { buildWithPage } from "../helpers/build.js";
import { describeWithJava } from "../services/with-java.js";

beforeAll(buildWithPage, 300_000);

describeWithJava("up --runner flink under faults", () => {
  it("loses and duplicates no rows, and its status is correct at every moment", async ({ signal }) => {
    const faults = [
      "kill worker",
      "freeze TaskManager",
      "kill Kafka",
      "kill produce",
      "fill disk",
      "restart bridge",
    ];
    const lines: string[] = [];
    const wrong = await runChaos({ minutes: 1.2, seed: 11, faults, signal, log: (line) => lines.push(line) });
    expect(wrong, lines.join("\n")).toEqual([]);
  });
});
