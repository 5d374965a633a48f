/** Every verb that needs a server, with another program at its address: exit code 1 and a one-line error, in time. */
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { InterruptedError } from "../../pipeline/model/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { falsePeers, startFalsePeer, type FalsePeer } from "./false-peers.js";
import { flink, kafka, networkedVerbs } from "./networked-verbs.js";
import { runCli, type CliOutcome } from "./run-cli.js";

const scratch = scratchFolder();
const answerSeconds = 1;
/** Generous for a loaded machine: no case waits longer than a few answer timeouts. */
const deadlineMs = 60_000;

const networked = networkedVerbs(scratch);
const rows = scratch.write("rows.csv", "2,0,1,7,5,5\n");
const state = (): string[] => ["--state-dir", scratch.folder("state")];

beforeAll(() => void vi.stubEnv("MUONITOR_ANSWER_SECONDS", String(answerSeconds)));

/** Lines of progress on standard error, which are not errors. */
function errorLines({ stderr }: CliOutcome): string[] {
  const notes = /^(downloading|\{"|listing)|^muonitor: (downloading|reading topic|starting|.*; trying again)/;
  return stderr.split(/\r|\n/).filter((line) => line !== "" && !notes.test(line));
}

describe.each(falsePeers)("a peer that %s", (peer) => {
  const lines = networked.filter(({ server }) => !(peer === "is a Kafka broker" && server === "Kafka"));

  it(
    "is reported by every verb, with exit code 1 and in time",
    async () => {
      const address = await startFalsePeer(peer);
      const outcomes = await Promise.all(
        lines.map(async ({ server, verb, line }) => [server, verb, await runCli(line(address))] as const),
      );
      for (const [server, verb, outcome] of outcomes) {
        const what = `${server}: ${verb}: ${outcome.stderr}`;
        expect(outcome.code, what).toBe(1);
        expect(errorLines(outcome), what).toEqual([expect.stringMatching(wordsOf(address))]);
        expect(outcome.stdout, what).toBe("");
      }
    },
    deadlineMs,
  );

  it("is reported by the doctor, once for each address", async () => {
    const address = await startFalsePeer(peer);
    const isKafka = peer === "is a Kafka broker";
    const named = [...(isKafka ? [] : kafka(address)), ...flink(address)];
    const { code, stdout } = await runCli(["doctor", "--json", ...named, ...state()]);
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as {
      findings: { what: string; status: string; found: string }[];
    };
    const asked = findings.filter(({ what }) => what === "Kafka" || what === "Flink");
    expect(asked).toHaveLength(isKafka ? 1 : 2);
    for (const { status, found } of asked)
      expect([status, found]).toEqual(["missing", expect.stringContaining(address)]);
  });
});

/** Matches an error with the address that is not reported as a bug. */
function wordsOf(address: string): RegExp {
  return new RegExp(`^muonitor: (?!this is a bug).*${address.replaceAll(".", "\\.")}`);
}

describe("the error for another program at the address", () => {
  it.each<[FalsePeer, string, string]>([
    ["is a web server", "jobs", "HOST does not speak Flink's REST API: got HTML"],
    ["answers with other JSON", "jobs", "HOST does not speak Flink's REST API: got other JSON"],
    ["is a Kafka broker", "jobs", "HOST does not speak Flink's REST API: it is a Kafka broker"],
    ["speaks TLS", "jobs", "HOST does not speak Flink's REST API: it speaks TLS"],
    [
      "accepts and closes",
      "jobs",
      "HOST does not speak Flink's REST API: it closes the connection without an answer",
    ],
    ["accepts and is silent", "jobs", "HOST does not answer within 1 s"],
    ["is a web server", "audit", "HOST is not a Kafka broker: it is an HTTP server (HTML)"],
    ["speaks TLS", "audit", "HOST speaks TLS: set security.protocol to SSL or SASL_SSL (--kafka-settings)"],
    [
      "accepts and is silent",
      "audit",
      "HOST is not a Kafka broker: it accepts the connection and does not answer",
    ],
    [
      "accepts and closes",
      "audit",
      "Kafka at HOST closes the connection: it may require a login or TLS (--kafka-settings)",
    ],
  ])("names a peer that %s, for %s", async (peer, verb, line) => {
    const address = await startFalsePeer(peer);
    const make = networked.find((candidate) => candidate.verb === verb)!.line;
    const { code, stderr } = await runCli(make(address));
    expect([code, stderr.replace(address, "HOST")]).toEqual([1, `muonitor: ${line}\n`]);
  });
});

it("TLS settings for a Kafka without TLS are reported", async () => {
  const address = await startFalsePeer("is a Kafka broker");
  const settings = scratch.write("tls.properties", "security.protocol=SSL\n");
  const { code, stderr } = await runCli(["topics", "list", ...kafka(address), "--kafka-settings", settings]);
  expect([code, stderr]).toEqual([
    1,
    `muonitor: Kafka at ${address} does not speak TLS: set security.protocol without SSL\n`,
  ]);
});

describe("a web server at the address of a cluster", () => {
  it.each([
    ["a Spark master", "spark", (at: string) => ["--spark-master", `spark://${at}`]],
    ["a worker pool", "flink", (at: string) => ["--flink-master", "127.0.0.1:1", "--worker-pool", at]],
  ] as const)("is reported as not being %s", async (what, runner, options) => {
    const address = await startFalsePeer("is a web server");
    const args = ["process", "--runner", runner, "--input", rows, ...options(address), ...state()];
    const { code, stderr } = await runCli(args);
    expect([code, stderr.split("\n").at(-2)]).toEqual([
      1,
      `muonitor: ${address} is not ${what}: it is an HTTP server (HTML)`,
    ]);
  });
});

describe("Ctrl-C while a server does not answer", () => {
  const doctor = (at: string): string[] => ["doctor", ...kafka(at), ...flink(at), ...state()];

  it.each([...networked, { server: "all", verb: "doctor", line: doctor }])(
    "gives one line and exit code 130 immediately ($server: $verb)",
    async ({ line }) => {
      vi.stubEnv("MUONITOR_ANSWER_SECONDS", "600");
      onTestFinished(() => void vi.stubEnv("MUONITOR_ANSWER_SECONDS", String(answerSeconds)));
      const interruption = new AbortController();
      const interrupt = (): void => interruption.abort(new InterruptedError());
      const address = await startFalsePeer("accepts and is silent", interrupt);
      const outcome = await runCli(line(address), { signal: interruption.signal });
      expect(outcome.code, outcome.stderr).toBe(130);
      expect(errorLines(outcome)).toEqual([expect.stringMatching(/^muonitor: interrupted(; .*)?$/)]);
    },
    10_000,
  );
});
