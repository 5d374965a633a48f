/** `up --source kafka`: usage errors before anything is started. */
import { expect, it } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { startFalsePeer } from "./false-peers.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const state = (): string[] => ["--state-dir", scratch.folder("state")];

it.each([
  [["up", "--source", "kafka"], "--source kafka needs --bootstrap-servers HOST:PORT"],
  [
    ["up", "--source", "kafka", "--runner", "flink", "--bootstrap-servers", "k:1"],
    "--source kafka shows windows that another system makes; to process rows in Kafka, use --runner flink --no-source",
  ],
  [
    ["up", "--source", "kafka", "--bootstrap-servers", "k:1", "--flink-master", "f:1"],
    "--flink-master needs --runner flink",
  ],
])("%j is refused", async (args, line) => {
  expect(await runCli([...args, ...state()])).toEqual({ code: 2, stdout: "", stderr: `muonitor: ${line}\n` });
});

it("produce refuses --source kafka, and names the verb that shows a topic", async () => {
  const { code, stderr } = await runCli(["produce", "--source", "kafka"]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("muonitor up --source kafka shows the windows of a topic"),
  ]);
});

it("a server that is not Kafka is reported, and the state folder is released", async () => {
  const address = await startFalsePeer("is a web server");
  const args = ["up", "--source", "kafka", "--port", "0", "--bootstrap-servers", address, ...state()];
  for (let start = 0; start < 2; start += 1) {
    const { code, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([
      1,
      `muonitor: ${address} is not a Kafka broker: it is an HTTP server (HTML)\n`,
    ]);
  }
});
