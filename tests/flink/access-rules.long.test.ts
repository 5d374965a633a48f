/** Kafka with access rules: each user has exactly those of the operations manual, and a missing one is named. */
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { FlinkRest } from "../../runners/flink/rest.js";
import { KafkaSender } from "../../runners/kafka/index.js";
import { startMuonitor, type RealProcess } from "../cli/real-process.js";
import { runCli, type CliOutcome } from "../cli/run-cli.js";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { describeWithJava } from "../services/with-java.js";
import { allow, forbid, manualRules, type AccessRule } from "./access-rules.js";
import { secureKafka, type SecuredKafka } from "./secured-kafka.js";
import { useStreamingSystem } from "./system.js";
import { closeWindows } from "./rows.js";

const polling = { timeout: 120_000, interval: 250 };
const partitions = 2;
const batch = 1000;
const rules = manualRules();
const users = [...new Set(rules.map(({ user }) => user))];
const text = ({ operation, kind, name }: AccessRule): string => `${operation} on ${kind} ${name}`;
const of = (user: string, ...texts: string[]): AccessRule[] =>
  rules.filter((rule) => rule.user === user && (texts.length === 0 || texts.includes(text(rule))));

it("finds the rules of the manual", () => {
  expect(users).toEqual(["producer", "submit", "bridge", "audit"]);
  expect(rules.map(text)).toContain("Create on topic data_clean_tally");
});

describeWithJava("a Kafka with access rules", () => {
  const scratch = scratchFolder();
  let secured: SecuredKafka;
  const system = useStreamingSystem({
    partitions,
    submit: false,
    kafka: async () =>
      (secured = await secureKafka(join(scratch.path, "secured"), undefined, [...users])).options,
  });
  beforeAll(buildNodePart, 300_000);
  let produced = 0;

  const atKafka = (user: string): string[] => [
    ...["--bootstrap-servers", system.access.bootstrapServers, "--state-dir", system.stateFolder],
    ...["--kafka-settings", secured.users[user]!],
  ];
  const produce = (): Promise<CliOutcome> =>
    runCli(["produce", "--limit", String(batch), "--rate", "0", ...atKafka("producer")]);
  const produceBatch = async (): Promise<void> => {
    expect(await produce()).toMatchObject({ code: 0 });
    produced += batch;
  };
  const submit = (): Promise<CliOutcome> =>
    runCli([
      ...["submit", "--flink-master", system.flink.master, "--worker-pool", system.pool.address],
      ...["--window", "2", "--checkpoint-interval", "1000", ...atKafka("submit")],
    ]);
  const audit = (): Promise<CliOutcome> => runCli(["audit", "--settle", "0", ...atKafka("audit")]);

  const expectRefusal = ({ code, stdout, stderr }: CliOutcome, rule: AccessRule): void => {
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^(\d+ rows in [^\n]*\n)?muonitor: [^\n]*\n$/);
    expect(stderr).toContain("Kafka does not allow this login to do that: it lacks");
    expect(stderr).toMatch(new RegExp(`${text(rule).replace(/^\w+/, "($&|Describe)")}\\b`));
  };
  /** Runs a command without each of the rules in turn. */
  const withoutEach = async (
    needed: readonly AccessRule[],
    run: () => Promise<CliOutcome>,
  ): Promise<void> => {
    for (const rule of needed) {
      await forbid(system.access, [rule]);
      const outcome = await run();
      console.info(`without ${text(rule)}: ${outcome.stderr.trim()}`);
      expectRefusal(outcome, rule);
      await allow(system.access, [rule]);
    }
  };

  it("refuses a user without rules, and names the missing ones", async () => {
    expectRefusal(await produce(), of("producer")[0]!);
    expectRefusal(await audit(), of("audit", "Read on topic data_clean")[0]!);
    const outcome = await submit();
    for (const rule of of("submit").filter(
      ({ kind, operation }) => kind === "topic" && operation !== "Create",
    ))
      expectRefusal(outcome, rule);
    await allow(system.access, rules);
  });

  it("names the rule that the login of submit lacks", async () => {
    await withoutEach(of("submit", "Create on topic data_clean_tally"), submit);
    const always = of("submit").filter(({ operation }) => operation !== "Create");
    await withoutEach(always, submit);
  });

  it("runs the job, the producer and audit with exactly the rules of the manual", async () => {
    const { code, stdout, stderr } = await submit();
    expect([code, stderr]).toEqual([0, expect.stringMatching(/waiting for its first checkpoint\n$/)]);
    system.jobId = stdout.trim();
    await produceBatch();
    await expectAll();
  });

  const endWindows = async (): Promise<void> => {
    const sender = new KafkaSender({ ...system.access, topic: "data_raw" });
    await closeWindows(sender, partitions);
    await sender.close();
  };
  /** Every row is in the windows, once. */
  const expectAll = async (): Promise<void> => {
    await endWindows();
    await expect.poll(() => system.watch.total().rows, polling).toBe(produced);
    expect(await audit()).toMatchObject({ code: 0, stderr: "" });
  };

  it("names the rule that producer and audit lack", async () => {
    await withoutEach(of("producer", "Write on topic data_raw"), produce);
    await withoutEach(of("audit"), audit);
  });

  it("keeps the page's system running while a rule is missing, names the rule, and continues when it is back", async () => {
    const own = of("bridge");
    const needed = own.filter(({ operation }) => operation !== "Write");
    const bridge = startMuonitor(
      ["bridge", "--port", "0", "--keep-alive", "always", ...bridgeArguments()],
      scratch.path,
    );
    try {
      const url = await addressOf(bridge);
      const status = async (): Promise<string> =>
        JSON.stringify(await (await fetch(`${url}api/status`)).json());
      await expect.poll(status, polling).not.toContain("does not allow");
      for (const rule of needed) {
        await forbid(system.access, [rule]);
        // The page's system reads only partitions of the topic of rows whose end has moved.
        if (rule.name === "data_raw") await produceBatch();
        await expect.poll(status, polling).toContain(`on topic ${rule.name}`);
        await allow(system.access, [rule]);
        await expect.poll(status, polling).not.toContain("does not allow");
      }
    } finally {
      bridge.signal("SIGINT");
      expect(await bridge.ended).toBe(0);
    }
  });

  const bridgeArguments = (): string[] => [
    ...["--bootstrap-servers", system.access.bootstrapServers, "--state-dir", join(scratch.path, "page")],
    ...["--kafka-settings", secured.users["bridge"]!],
  ];

  it("loses no row when the job loses a right and gets it back", async () => {
    const flink = new FlinkRest(system.flink.master);
    for (const lost of ["Read on topic data_raw", "Write on topic data_clean"]) {
      await forbid(system.access, of("submit", lost));
      await produceBatch();
      await endWindows();
      // As long as the rule is missing, the job starts again and again.
      const failure = async (): Promise<string | null> => flink.lastFailure(system.jobId);
      await expect
        .poll(failure, polling)
        .toContain(`Not authorized to access topics: [${lost.split(" ").at(-1)}]`);
      await allow(system.access, of("submit", lost));
      await expectAll();
    }
  });
});

async function addressOf(process: RealProcess): Promise<string> {
  await expect.poll(() => process.stdout() + process.stderr(), polling).toMatch(/http:\S+/);
  return /http:\S+/.exec(process.stdout())![0];
}
