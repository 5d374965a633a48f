/** init, run, beat, halt, dismiss with Kafka and Flink on this machine. */
import { createServer } from "node:net";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { freePorts, isListening } from "../../runners/services/index.js";
import { buildWithPage } from "../helpers/build.js";
import { describeWithJava, expectNoProcess, temporaryState } from "../services/with-java.js";
import { muonitor, startMuonitor } from "./real-process.js";

const polling = { timeout: 90_000, interval: 500 };

describeWithJava("the earlier system's verbs", () => {
  const folder = temporaryState();
  const state = ["--state-dir", folder];
  beforeAll(buildWithPage, 300_000);

  it("work with Kafka and Flink", async () => {
    const [kafka, flink, worker] = (await freePorts(3)) as [number, number, number];
    const ports = ["--kafka-port", kafka, "--flink-port", flink, "--worker-port", worker].map(String);
    onTestFinished(async () => {
      await muonitor(["dismiss", ...state], folder);
    });
    const init = await muonitor(["init", ...ports, ...state], folder);
    expect(init).toMatchObject({
      code: 0,
      stdout: `Kafka is at 127.0.0.1:${kafka}, Flink at 127.0.0.1:${flink}, workers at 127.0.0.1:${worker}\n`,
    });
    // A second `init` changes nothing.
    expect(await muonitor(["init", ...ports, ...state], folder)).toMatchObject({
      code: 0,
      stdout: init.stdout,
    });
    const servers = ["--bootstrap-servers", `127.0.0.1:${kafka}`];
    const listed = await muonitor(["topics", "list", "--json", ...servers], folder);
    expect((JSON.parse(listed.stdout) as { topic: string }[]).map(({ topic }) => topic)).toEqual([
      "data_clean",
      "data_raw",
    ]);

    const run = startMuonitor(["run", "--port", "0", "--window", "1", ...state], folder);
    onTestFinished(() => run.signal("SIGKILL"));
    await expect.poll(run.stdout, polling).toMatch(/^Muonitor is live at http/);
    const beat = startMuonitor(["beat", ...state], folder);
    onTestFinished(() => beat.signal("SIGKILL"));
    const windows = async (): Promise<number> => {
      const { stdout } = await muonitor(["topics", "count", "data_clean", "--json", ...servers], folder);
      return (JSON.parse(stdout) as { records: number }).records;
    };
    await expect.poll(windows, polling).toBeGreaterThan(2);

    expect(await muonitor(["halt", ...state], folder)).toMatchObject({
      code: 0,
      stdout: "beat has stopped\nMuonitor has stopped\n",
    });
    expect(await Promise.all([run.ended, beat.ended])).toEqual([0, 0]);
    // The services still run, with their data.
    expect(await windows()).toBeGreaterThan(2);

    expect(await muonitor(["dismiss", ...state], folder)).toMatchObject({
      code: 0,
      stdout: "Muonitor is not running\nKafka, Flink and workers have stopped\n",
    });
    expect(await Promise.all([kafka, flink, worker].map((port) => isListening(port)))).toEqual([
      false,
      false,
      false,
    ]);
    await expectNoProcess(folder, 10_000);
  });

  it("init reports in one line why it cannot start", async () => {
    const [kafka, flink, worker] = (await freePorts(3)) as [number, number, number];
    const taken = createServer().listen(kafka, "127.0.0.1");
    onTestFinished(() => void taken.close());
    const ports = ["--kafka-port", kafka, "--flink-port", flink, "--worker-port", worker].map(String);
    const init = await muonitor(["init", ...ports, ...state], folder);
    expect([init.code, init.stdout]).toEqual([1, ""]);
    expect(init.stderr).toContain(`muonitor: port ${kafka}, needed for Kafka, is in use (log: `);
  });
});
