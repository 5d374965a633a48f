/** Secrets in the wrong place are rejected, and the message does not repeat them. */
import { expect, it } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const secret = "wJalrXUtnFEMI";
const login = `sasl.jaas.config=Module required username="muon" password="${secret}";`;
const nowhere = ["--bootstrap-servers", "127.0.0.1:1"];
const config = (name: string, text: string): string[] => ["--config", scratch.write(name, text)];

it.each([
  [
    "a password in an endpoint given to the doctor",
    ["doctor", "--s3-endpoint", `https://me:${secret}@127.0.0.1:1`, "--state-dir", scratch.path],
    "must not contain user and password",
  ],
  [
    "credentials instead of the path of their file",
    [
      "fetch",
      "--input",
      "s3://bucket/x",
      "--output",
      "x",
      "--s3-credentials",
      `{"access_key": "A", "secret_key": "${secret}"}`,
    ],
    "--s3-credentials must be the path of a file, not its content",
  ],
  [
    "Kafka settings instead of the path of their file",
    ["topics", "list", ...nowhere, "--kafka-settings", login],
    "--kafka-settings must be the path of a file, not its content",
  ],
  [
    "a single password setting in YAML syntax",
    ["topics", "list", ...nowhere, "--kafka-settings", `password: ${secret}`],
    "--kafka-settings must be the path of a file, not its content",
  ],
  [
    "credentials in a configuration file",
    [
      "fetch",
      "--input",
      "s3://bucket/x",
      "--output",
      "x",
      ...config("s3.yaml", `s3-credentials:\n  secret_key: ${secret}\n`),
    ],
    "s3.yaml:1: s3-credentials: must be text or a number, not keys and values",
  ],
  [
    "Kafka settings in a configuration file, as a list",
    ["topics", "list", ...config("kafka.yaml", `kafka-settings:\n  - ${login}\n`)],
    "kafka.yaml:1: kafka-settings: must be text or a number, not a list",
  ],
])("%s", async (_, args, message) => {
  const { code, stdout, stderr } = await runCli(args, { folder: scratch.path });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^muonitor: [^\n]+\n$/);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain(secret);
});

it("a file with an equals sign in its name is accepted", async () => {
  scratch.write("a=b.properties", "security.protocol=TLS\n");
  const args = ["topics", "list", ...nowhere, "--kafka-settings", "a=b.properties"];
  expect((await runCli(args, { folder: scratch.path })).stderr).toContain('SASL_SSL, not "TLS"');
});
