import { afterAll, beforeAll, expect, it } from "vitest";
import {
  flinkOverview,
  grpcAnswers,
  isListening,
  startExpansionService,
  startFlink,
  startJobServer,
  type FlinkCluster,
} from "../../runners/services/index.js";
import { describeWithJava, expectNoProcess, temporaryState } from "./with-java.js";

describeWithJava("a Flink cluster", () => {
  const stateFolder = temporaryState();
  let cluster: FlinkCluster;

  beforeAll(async () => {
    cluster = await startFlink({ stateFolder, taskManagers: 2, slots: 2, highAvailability: true });
  });

  afterAll(() => cluster.stop());

  it("shows the slots of all TaskManagers", async () => {
    expect(await flinkOverview(cluster.restUrl)).toMatchObject({
      taskmanagers: 2,
      "slots-total": 4,
      "slots-available": 4,
      "flink-version": "1.19.0",
    });
  });

  it("serves Flink's web page", async () => {
    const page = await fetch(cluster.restUrl);
    expect(await page.text()).toContain("Flink");
  });

  it("registers a TaskManager again after it was killed and restarted", async () => {
    const [first] = cluster.taskManagers;
    await first!.kill9();
    await expect
      .poll(() => flinkOverview(cluster.restUrl), { timeout: 60_000 })
      .toMatchObject({ taskmanagers: 1 });
    await first!.restart();
    expect(await cluster.complete()).toBe(true);
  });

  it("registers its TaskManagers again after its JobManager was killed and restarted", async () => {
    await cluster.jobManager.kill9();
    await cluster.jobManager.restart();
    expect(await cluster.complete()).toBe(true);
  });

  it("can be used by a job server and an expansion service", async () => {
    const options = { stateFolder };
    const services = await Promise.all([
      startJobServer({ ...options, flinkMaster: cluster.master }),
      startExpansionService(options),
    ]);
    for (const service of services) {
      const port = Number(service.address.split(":")[1]);
      expect(await grpcAnswers(port)).toBe(true);
      await service.stop();
      expect(await isListening(port)).toBe(false);
    }
  });

  it("leaves no processes behind when it is stopped", async () => {
    await cluster.stop();
    await expectNoProcess(stateFolder);
    expect(await flinkOverview(cluster.restUrl)).toBeNull();
  });
});
