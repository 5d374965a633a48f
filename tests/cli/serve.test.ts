/** `serve`: usage errors before anything starts, and the addresses of a service on a machine of a cluster. */
import { describe, expect, it } from "vitest";
import { clusterSettings } from "../../runners/services/flink-settings.js";
import { recoverySettings } from "../../runners/services/zookeeper.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const serve = (...args: string[]) => runCli(["serve", ...args, "--state-dir", scratch.path]);

describe("serve", () => {
  it.each([
    [["nonsense"], /role must be one of kafka, zookeeper, jobmanager, [^\n]*, not "nonsense"/],
    [["s3"], /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both/],
    [["kafka", "--voters", "1@a:9093,2@b:9093"], /set the same --cluster-id on all of them/],
    [["kafka", "--broker-settings", "none.properties"], /none\.properties/],
    [["kafka", "--port", "0"], /must be a whole number from 1 to 65535/],
  ])("refuses %j in one line", async (args, message) => {
    const { code, stderr } = await serve(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("a Flink service on a machine of a cluster", () => {
  const layout = { folder: "/state/flink", restPort: 8081, rpcPort: 6123, slots: 2, taskHeapMb: 512 };
  const place = { host: "node-1", jobManager: "flink", sharedFolder: "/shared" };

  it("is reached by host name, listens on all interfaces, and stores checkpoints in the shared folder", () => {
    expect(clusterSettings({ ...layout, place })).toMatchObject({
      "jobmanager.rpc.address": "flink",
      "taskmanager.host": "node-1",
      "taskmanager.bind-host": "0.0.0.0",
      "rest.bind-address": "0.0.0.0",
      "state.checkpoints.dir": "file:///shared/checkpoints",
      "io.tmp.dirs": "/state/flink/tmp",
      "web.submit.enable": false,
    });
    const recovery = recoverySettings("zookeeper:2181", "/shared");
    expect(recovery["high-availability.storageDir"]).toBe("file:///shared/recovery");
  });

  it("without a place listens only on the loopback interface", () => {
    const values = Object.values(clusterSettings(layout)).map(String);
    expect(values.filter((value) => value.includes("0.0.0.0"))).toEqual([]);
  });
});
