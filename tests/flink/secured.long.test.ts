/** The pipeline on a Kafka that requires a login, TLS and a client's certificate; secrets are never exposed. */
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { KafkaSender, KafkaWindowSource } from "../../runners/kafka/index.js";
import { muonitor } from "../cli/real-process.js";
import { runCli, type CliOutcome } from "../cli/run-cli.js";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { describeWithJava } from "../services/with-java.js";
import { filesWith, flinkAnswers, watchCommandLines } from "./exposure.js";
import { closeWindows, produceKnownRows } from "./rows.js";
import { secureKafka, type ClientKind, type SecuredKafka } from "./secured-kafka.js";
import { useStreamingSystem } from "./system.js";

const polling = { timeout: 90_000, interval: 250 };
const partitions = 2;
const rows = 5000;
/** Timeout of a verb whose login is refused: about 10 s, and more for the start of three programs. */
const refusalMs = 60_000;

describeWithJava("a Kafka with a login and TLS", () => {
  const scratch = scratchFolder();
  let secured: SecuredKafka;
  const system = useStreamingSystem({
    partitions,
    submit: false,
    kafka: async () => (secured = await secureKafka(join(scratch.path, "secured"))).options,
  });
  beforeAll(buildNodePart, 300_000);

  const printed: string[] = [];
  const atKafka = (kind: ClientKind = "right"): string[] => [
    ...["--bootstrap-servers", system.access.bootstrapServers],
    ...["--kafka-settings", secured.files[kind]],
  ];
  const atFlink = (): string[] => [
    ...["--flink-master", system.flink.master, "--worker-pool", system.pool.address],
    ...["--window", "2", "--checkpoint-interval", "1000", "--state-dir", system.stateFolder],
  ];
  const cli = async (...args: string[]): Promise<CliOutcome> => {
    const outcome = await runCli([...args, ...atKafka()]);
    printed.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  const secretsIn = (text: string): string[] => secured.secrets.filter((secret) => text.includes(secret));

  it("accepts the job, and no command line shows the login meanwhile", async () => {
    const commandLines = watchCommandLines(secured.secrets);
    const { code, stdout, stderr } = await cli("submit", ...atFlink());
    expect([code, stderr]).toEqual([0, expect.stringMatching(/waiting for its first checkpoint\n$/)]);
    const { looks, found } = commandLines.stop();
    expect(looks).toBeGreaterThan(1);
    expect(found).toBe(0);
    system.jobId = stdout.trim();
  });

  it("has every row in the windows once", async () => {
    const sender = new KafkaSender({ ...system.access, topic: "data_raw" });
    const { bootstrapServers } = system.access;
    const known = produceKnownRows(bootstrapServers, partitions, { sender, limit: rows });
    await known.production.done;
    await closeWindows(sender, partitions);
    await sender.close();
    const truth = known.simulator.truth().ledger;
    expect(truth.rows).toBe(rows);
    await expect.poll(() => system.watch.total().rows, polling).toBe(rows);
    expect(system.watch.total()).toMatchObject(truth);
  });

  it("can be read by the page and audit, also with other login mechanisms", async () => {
    const seen = new Map<number, WindowMessage>();
    const what = { topic: "data_clean", stream: "minidt", windowMs: 2000 };
    const log = (line: string): void => void printed.push(line);
    const source = new KafkaWindowSource({ ...system.access, ...what, log });
    await source.start({ window: (message) => seen.set(message.msg_ID, message) });
    await expect.poll(() => [...seen.keys()], polling).toEqual([...system.watch.newest.keys()]);
    await source.close();
    expect(await cli("audit", "--settle", "0")).toMatchObject({ code: 0, stderr: "" });
    for (const kind of ["plain", "sha256"] as const) {
      const listed = await runCli(["topics", "list", ...atKafka(kind)]);
      expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("data_clean_tally") });
    }
  });

  it("leaves no secret in Flink's responses about job and cluster", async () => {
    const answers = await flinkAnswers(system.flink.master, system.jobId);
    for (const [path, text] of answers) {
      expect(text, path).toMatch(/^200 /);
      expect(secretsIn(text), path).toEqual([]);
    }
    expect(answers.get(`/jobs/${system.jobId}/plan`)).toContain("ReadKafka");
  });

  it("leaves no secret in logs and output, and elsewhere only in private files of the user", () => {
    expect(secretsIn([...printed, ...system.log].join("\n"))).toEqual([]);
    const finds = filesWith(system.stateFolder, secured.secrets);
    console.info(`files with a secret: ${finds.map(({ path }) => path).join(", ")}`);
    // Checks the search itself: this file must contain a secret.
    expect(finds.map(({ path }) => path)).toContain("kafka/server.properties");
    expect(finds.filter(({ path, isPrivate }) => !isPrivate || /^(logs|job-server)\//.test(path))).toEqual(
      [],
    );
    expect(filesWith(join(system.stateFolder, "logs"), ["SASL_SSL"])).not.toEqual([]);
  });

  const verbs = [
    ["topics", "list"],
    ["produce", "--limit", "10"],
    ["submit", "--job-name", "other"],
  ];
  it.each<[string, ClientKind, RegExp]>([
    ["a wrong password", "wrongPassword", /refuses the login \(sasl\.mechanism, sasl\.jaas\.config\): /],
    [
      "a certificate that is not trusted",
      "untrusted",
      /ssl\.truststore\.location\): .*self-signed certificate/,
    ],
    [
      "an unknown certificate of the client",
      "unknownKey",
      /refuses this client's certificate \(ssl\.keystore\.location\): certificate unknown/,
    ],
    [
      "no certificate of the client",
      "withoutKey",
      /refuses this client's certificate \(ssl\.keystore\.location\): [a-z ]*certificate/,
    ],
    ["no TLS", "withoutTls", / speaks TLS: set security\.protocol to SSL or SASL_SSL \(--kafka-settings\)/],
  ])("%s gives one line in each verb, soon and without a secret", async (_, kind, words) => {
    const outcomes = verbs.map(async (verb) => {
      const startMs = performance.now();
      const where = verb[0] === "submit" ? atFlink() : [];
      const { code, stdout, stderr } = await muonitor([...verb, ...where, ...atKafka(kind)], scratch.path);
      return { code, stdout, stderr, ms: performance.now() - startMs };
    });
    for (const { code, stdout, stderr, ms } of await Promise.all(outcomes)) {
      console.info(`after ${Math.round(ms)} ms: ${stderr.trim()}`);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^muonitor: [^\n]*\n$/);
      expect(stderr).toMatch(words);
      expect(secretsIn(stderr)).toEqual([]);
      expect(ms).toBeLessThan(refusalMs);
    }
  });
});
