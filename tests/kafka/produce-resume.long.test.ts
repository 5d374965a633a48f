/** `produce` to a real Kafka, killed and resumed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asAdmin } from "../../runners/kafka/index.js";
import { ensureTopics, rawTopic, startKafka, type KafkaNode } from "../../runners/services/index.js";
import { builtFile } from "../../runners/paths.js";
import { startNode, type RealProcess } from "../cli/real-process.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { countRecords, fingerprint, recordsOf, rowsOf, sequencesOf, simulatedRows } from "./topic-content.js";

const partitions = 3;
const polling = { timeout: 60_000, interval: 20 };

describeWithJava("produce to Kafka", () => {
  const state = temporaryState();
  let node: KafkaNode;
  const folder = mkdtempSync(join(tmpdir(), "muonitor-produce-"));
  const children: RealProcess[] = [];

  beforeAll(async () => {
    node = await startKafka({ stateFolder: state, release: "kafka-4" });
  }, 300_000);

  afterAll(async () => {
    children.forEach((child) => child.signal("SIGKILL"));
    await node.part.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const args = (topic: string, ...more: string[]): string[] => [
    "produce",
    ...["--bootstrap-servers", node.bootstrapServers, "--topic", topic, "--state-dir", join(folder, "state")],
    ...more,
  ];

  const start = (list: readonly string[]): RealProcess => {
    const script = `import { main } from ${JSON.stringify(builtFile("runners/cli.js"))}; process.exitCode = await main(process.argv.slice(1));`;
    const child = startNode(["--input-type=module", "-e", script, ...list], folder);
    children.push(child);
    return child;
  };

  /** Rows in files of equal size, with an empty file between them. */
  const makeFiles = (name: string, files: number, rowsPerFile: number): string => {
    const lines = simulatedRows(files * rowsPerFile).split(/(?<=\n)/);
    for (let i = 0; i < files; i += 1) {
      const text = lines.slice(i * rowsPerFile, (i + 1) * rowsPerFile).join("");
      writeFileSync(join(folder, `${name}_${i}.txt`), text);
    }
    writeFileSync(join(folder, `${name}_0_empty.txt`), "");
    return lines.join("");
  };

  it.each([
    ["round-robin", 50],
    ["orbit", 200],
  ])(
    "resumes after kill -9, with partitions by %s: each row once, the same epoch, no gap",
    async (rule, rowsPerMessage) => {
      const topic = `killed-${rule}`;
      await ensureTopics(node.bootstrapServers, [rawTopic(partitions, topic)]);
      const rows = makeFiles(topic, 3, 40_000);
      const options = [
        "--input",
        `${topic}_*.txt`,
        "--rows-per-message",
        String(rowsPerMessage),
        "--partition-by",
        rule,
      ];
      const held = () => countRecords(node.bootstrapServers, topic);
      for (let death = 1; death <= 3; death += 1) {
        const child = start(args(topic, ...options, "--rate", "20000"));
        const before = await held();
        const enough = before + 15_000 / rowsPerMessage;
        await expect.poll(held, polling).toBeGreaterThan(enough);
        child.signal("SIGKILL");
        await child.ended;
      }
      const { code, stderr } = await runCli(args(topic, ...options, "--rate", "0"), { folder });
      expect(code).toBe(0);
      expect(stderr).toMatch(/resuming where process \d+ was interrupted, after \d+ rows/);
      const records = await recordsOf(node.bootstrapServers, topic);
      expect(fingerprint(rowsOf(records))).toBe(fingerprint(rows));
      const sequences = sequencesOf(records);
      expect(sequences.length).toBe(partitions);
      for (const list of sequences) expect(list).toEqual(list.map((_, i) => i));
      const [last] = stderr.trimEnd().split("\n").slice(-1);
      const [, now, earlier] =
        /^(\d+) rows in \d+ messages accepted, after (\d+) rows of an earlier run$/.exec(last ?? "") ?? [];
      expect(Number(now) + Number(earlier)).toBe(120_000);
      expect(readdirSync(join(folder, "state", "produce"))).toEqual([]);
    },
  );

  it("resumes after Ctrl-C, and starts from scratch with --no-resume", async () => {
    const topic = "stopped";
    await ensureTopics(node.bootstrapServers, [rawTopic(partitions, topic)]);
    const rows = makeFiles(topic, 1, 30_000);
    const options = ["--input", "stopped_0.txt"];
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 500);
    const stopped = await runCli(args(topic, ...options, "--rate", "5000"), {
      folder,
      signal: interruption.signal,
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /\d+ rows in \d+ messages accepted\nmuonitor: interrupted; run the same command to resume\n$/,
    );
    const gone = await runCli(args(topic, ...options, "--rate", "0"), { folder });
    expect(gone.stderr).toMatch(/, after [1-9]\d* rows of an earlier run\n$/);
    expect(fingerprint(rowsOf(await recordsOf(node.bootstrapServers, topic)))).toBe(fingerprint(rows));
    const again = await runCli(args(topic, ...options, "--rate", "0"), { folder });
    expect(again.stderr).toMatch(/^(?!.*going on)[^]*30000 rows in 3000 messages accepted\n$/);
  });

  it("reports that it cannot be resumed", async () => {
    await ensureTopics(node.bootstrapServers, [rawTopic(partitions, "passing")]);
    const stdin = Readable.from([Buffer.from("2,0,1,1,1,1\n")]);
    const { code, stderr } = await runCli(args("passing", "--input", "-"), { folder, stdin });
    expect([code, stderr]).toEqual([
      0,
      "muonitor: standard input cannot be read again: this run cannot be resumed if it is interrupted\n" +
        "1 rows in 1 messages accepted\n",
    ]);
  });

  it("refuses to resume if the input has changed or another producer sends the same input", async () => {
    const topic = "refused";
    await ensureTopics(node.bootstrapServers, [rawTopic(partitions, topic)]);
    makeFiles(topic, 1, 30_000);
    const list = args(topic, "--input", "refused_0.txt", "--rate", "2000");
    const child = start(list);
    await expect
      .poll(
        () =>
          existsSync(join(folder, "state", "produce")) &&
          readdirSync(join(folder, "state", "produce")).filter((name) => name.endsWith(".json")).length,
        polling,
      )
      .toBe(1);
    for (const more of [[], ["--no-resume"]]) {
      const second = await runCli([...list, ...more], { folder });
      expect([second.code, second.stderr]).toEqual([
        1,
        expect.stringMatching(/^muonitor: process \d+ is sending the same rows to the same topic: [^\n]*\n$/),
      ]);
    }
    child.signal("SIGKILL");
    await child.ended;
    writeFileSync(
      join(folder, "refused_0.txt"),
      readFileSync(join(folder, "refused_0.txt"), "utf8").replace("2,", "1,"),
    );
    const changed = await runCli(list, { folder });
    expect([changed.code, changed.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^muonitor: \S+refused_0\.txt has changed since it was read before: [^\n]*--no-resume[^\n]*\n$/,
      ),
    ]);
  });

  describe("to a topic that no longer has the records sent", () => {
    const cutOff = async (topic: string): Promise<string[]> => {
      await ensureTopics(node.bootstrapServers, [rawTopic(partitions, topic)]);
      makeFiles(topic, 1, 30_000);
      const child = start(args(topic, "--input", `${topic}_0.txt`, "--rate", "5000"));
      await expect.poll(() => countRecords(node.bootstrapServers, topic), polling).toBeGreaterThan(100);
      child.signal("SIGKILL");
      await child.ended;
      return args(topic, "--input", `${topic}_0.txt`, "--rate", "0");
    };

    const makeAnew = (topic: string): Promise<void> =>
      asAdmin({ bootstrapServers: node.bootstrapServers }, async (admin) => {
        await admin.deleteTopics({ topics: [topic] });
        await expect.poll(() => admin.listTopics(), polling).not.toContain(topic);
        await ensureTopics(node.bootstrapServers, [rawTopic(partitions, topic)]);
      });

    const refusal = (topic: string): RegExp =>
      new RegExp(
        `^muonitor: partition \\d of ${topic} no longer holds the records sent to it: the topic was emptied or recreated; [^\n]*--no-resume[^\n]*\n$`,
      );

    it("because it was recreated: is refused, and sends all rows with --no-resume", async () => {
      const again = await cutOff("anew");
      await makeAnew("anew");
      const { code, stderr } = await runCli(again, { folder });
      expect([code, stderr]).toEqual([2, expect.stringMatching(refusal("anew"))]);
      const whole = await runCli([...again, "--no-resume"], { folder });
      expect(whole.stderr).toMatch(/^30000 rows in 3000 messages accepted$/m);
    });

    it("because it was recreated and filled with other rows: is refused", async () => {
      const again = await cutOff("refilled");
      await makeAnew("refilled");
      makeFiles("other", 1, 30_000);
      await runCli(args("refilled", "--input", "other_0.txt", "--rate", "0"), { folder });
      const { code, stderr } = await runCli(again, { folder });
      expect([code, stderr]).toEqual([2, expect.stringMatching(refusal("refilled"))]);
    });

    it("because the rows have expired: resumes", async () => {
      const again = await cutOff("old");
      await asAdmin({ bootstrapServers: node.bootstrapServers }, async (admin) => {
        const ends = await admin.fetchTopicOffsets("old");
        await admin.deleteTopicRecords({
          topic: "old",
          partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
        });
      });
      const { code, stderr } = await runCli(again, { folder });
      expect(code).toBe(0);
      expect(stderr).toMatch(/, after [1-9]\d* rows of an earlier run\n$/);
    });
  });
});
