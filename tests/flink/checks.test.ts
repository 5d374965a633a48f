/** Checks before a job is submitted, and the texts of errors. */
import { describe, expect, it } from "vitest";
import { refusal } from "../../runners/flink/beat.js";
import { jobFaults, rawTopicFaults, tallyTopicFaults, type JobLimits } from "../../runners/flink/checks.js";
import { redact } from "../../runners/flink/redact.js";
import { rootCause } from "../../runners/flink/rest.js";

const fine: JobLimits = {
  jobName: "muonitor",
  rawTopic: "data_raw",
  cleanTopic: "data_clean",
  groupId: "muonitor",
  timestamps: "CreateTime",
  parallelism: 1,
  workers: 1,
  allowedLatenessMs: 60_000,
  checkpointIntervalMs: 5000,
  maxBundleSize: 1000,
  maxBundleTimeMs: 50,
};

describe("settings of a job", () => {
  it("have no faults if they are valid", () => {
    expect(jobFaults(fine)).toEqual([]);
  });

  it.each([
    [
      "no checkpoints",
      { checkpointIntervalMs: 0 },
      "the checkpoint interval must be from 1 to 60000 ms, not 0",
    ],
    ["checkpoints too rare", { checkpointIntervalMs: 60_001 }, "the checkpoint interval"],
    ["bundles too large", { maxBundleSize: 100_000 }, "the size of a bundle"],
    ["bundles too long", { maxBundleTimeMs: 10_000 }, "the time of a bundle"],
    ["no workers", { workers: 0 }, "the workers of a TaskManager"],
    ["an invalid lateness", { allowedLatenessMs: Number.NaN }, "the allowed lateness"],
  ])("%s", (_, change, message) => {
    expect(jobFaults({ ...fine, ...change })).toEqual([expect.stringContaining(message)]);
  });
});

describe("settings of the topic of rows", () => {
  const settings: Record<string, string> = {
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": "60000",
    "cleanup.policy": "delete",
  };
  const faultsWith = (change: Record<string, string>): string[] =>
    rawTopicFaults(fine, new Map(Object.entries({ ...settings, ...change })));

  it("have no faults if they are valid", () => {
    expect(faultsWith({})).toEqual([]);
  });

  it.each([
    ["max.message.bytes", "4000000"],
    ["message.timestamp.type", "LogAppendTime"],
    ["message.timestamp.after.max.ms", "9223372036854775807"],
    ["cleanup.policy", "compact,delete"],
  ])("%s=%s is refused", (key, value) => {
    expect(faultsWith({ [key]: value })).toEqual([
      expect.stringContaining(`topic data_raw has ${key}=${value}: `),
    ]);
  });
});

describe("the topic of the tally", () => {
  const faultsWith = (partitions: number, policy: string): string[] =>
    tallyTopicFaults("data_clean_tally", partitions, new Map([["cleanup.policy", policy]]));

  it("with one partition and without compaction has no faults", () => {
    expect(faultsWith(1, "delete")).toEqual([]);
  });

  it.each([
    [3, "delete", "topic data_clean_tally has 3 partitions: "],
    [1, "compact,delete", "topic data_clean_tally has cleanup.policy=compact,delete: "],
  ])("of %i partitions with %s is refused", (partitions, policy, text) => {
    expect(faultsWith(partitions, policy)).toEqual([expect.stringContaining(text)]);
  });
});

describe("a heartbeat that Kafka rejects", () => {
  const messageFor = (type: string): string =>
    refusal(Object.assign(new Error("Not authorized"), { type }), "data_raw").message;

  it("is reported in one line, with the remedy if it is known", () => {
    expect(messageFor("TOPIC_AUTHORIZATION_FAILED")).toBe(
      "Kafka does not allow this login to do that: it lacks an access rule, Write on topic data_raw (kafka-acls --add)",
    );
    expect(messageFor("SOMETHING_ELSE")).toBe("topic data_raw rejects heartbeats: Not authorized");
  });
});

describe("errors", () => {
  const settings = new Map([
    ["security.protocol", "SASL_SSL"],
    ["sasl.jaas.config", 'Login required username="u" password="hunter2";'],
  ]);

  it("contain no secrets and only one line", () => {
    const text = `no login with ${settings.get("sasl.jaas.config") ?? ""} by SASL_SSL or hunter2\nsecond line`;
    expect(redact(text, settings)).toBe("no login with *** by SASL_SSL or ***");
  });

  it("contain no secret with quotes, neither raw nor escaped as in a login", () => {
    const quoted = new Map([["sasl.jaas.config", String.raw`Login required password="a\"long\\one";`]]);
    expect(redact(String.raw`a\"long\\one or a"long\one`, quoted)).toBe("*** or ***");
  });

  it("contain no payload of the expansion service", () => {
    const text = `cannot build: consumer_config={password=hunter2}`;
    expect(redact(text, new Map())).toBe("cannot build: consumer_config …");
  });

  it("contain the innermost cause of a stack trace", () => {
    const trace =
      "java.A: outer\n\tat x\nCaused by: java.B: middle\n\tat y\nCaused by: java.C: inner\n\tat z";
    expect(rootCause(trace)).toBe("java.C: inner");
    expect(rootCause("java.A: alone\n\tat x")).toBe("java.A: alone");
  });
});
