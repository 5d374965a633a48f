/** A host of Kafka or Flink is lost while data flows: the data path names it, and the bridge stays ready. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { axeViolations } from "./axe.js";
import { BeatingSource } from "./beating-source.js";
import { chromium, polling, useBrowser } from "./page-support.js";
import { flinkWith, type Answer } from "../flink/fake-flink.js";
import { BrokerWatch } from "../../runners/live/broker-watch.js";
import { TaskManagerWatch } from "../../runners/live/task-manager-watch.js";

const probe = { everyMs: 50 };

const taskManagers = (...hosts: string[]): Answer[] => [
  [200, { taskmanagers: hosts.map((host) => ({ id: host, path: `pekko.tcp://flink@${host}:6122/user` })) }],
];

describe.skipIf(chromium === null)("the page of a cluster", { timeout: 240_000 }, () => {
  const { show } = useBrowser();

  it("names a lost broker and a lost host of a TaskManager while they are lost", async () => {
    const flink = { "GET /taskmanagers": taskManagers("tm-1", "tm-2") };
    const { rest, asked } = await flinkWith(flink);
    let brokers = [1, 2, 3];
    const read = (): ReturnType<ConstructorParameters<typeof BrokerWatch>[0]["read"]> => {
      const partition = { partition: 0, leader: 1, replicas: [1, 2, 3], inSync: brokers };
      const topic = { name: "data_raw", error: 0, id: null, rights: null, partitions: [partition] };
      const addresses = new Map(brokers.map((id) => [id, `kafka-${id}:9092`]));
      return Promise.resolve({ brokers: addresses, topics: [topic] });
    };
    const brokerWatch = new BrokerWatch({ read, log: () => undefined, probe });
    const hostWatch = new TaskManagerWatch({ master: rest.master, log: () => undefined, probe });
    onTestFinished(async () => {
      hostWatch.close();
      await brokerWatch.close();
    });
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1), polling);

    const source = new BeatingSource(10);
    source.notices = () => [...brokerWatch.notices, ...hostWatch.notices];
    const { page, bridge, complaints } = await show({ source });
    const shown = (): Promise<string[]> => page.getByTestId("path-notice").allInnerTexts();
    await page.getByTestId("total-hits").waitFor();
    expect(await shown()).toEqual([]);

    brokers = [1, 3];
    flink["GET /taskmanagers"] = taskManagers("tm-1");
    const named = [
      expect.stringMatching(
        /^Kafka: broker 2 \(kafka-2:9092\) has been out of the cluster since .* UTC; 2 of 3/,
      ),
      expect.stringMatching(
        /^Flink: the TaskManager on host tm-2 has not been registered since .* UTC; 1 of 2/,
      ),
    ];
    await vi.waitFor(async () => expect(await shown()).toEqual(named), polling);
    const state = (await (await fetch(new URL("/api/v1/state", bridge.url))).json()) as object;
    expect(state).toMatchObject({ status: { problem: null, notices: named } });
    expect((await fetch(new URL("/readyz", bridge.url))).status).toBe(200);
    expect(await page.getByTestId("path-problem").count()).toBe(0);
    expect(await axeViolations(page)).toEqual([]);

    brokers = [1, 2, 3];
    flink["GET /taskmanagers"] = taskManagers("tm-1", "tm-2");
    await vi.waitFor(async () => expect(await shown()).toEqual([]), polling);
    expect(complaints).toEqual([]);
  });
});
