/** The verbs about topics against a real Kafka, with transactions, gaps, keys and times. */
import { Readable } from "node:stream";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRanges } from "../../runners/kafka/index.js";
import { startKafka, type KafkaNode } from "../../runners/parts/index.js";
import { runCli, type CliOutcome } from "../cli/run-cli.js";
import { scratchFolder } from "../helpers/scratch.js";
import { describeWithJava, temporaryState } from "../parts/with-java.js";

describeWithJava("topics", () => {
  const stateFolder = temporaryState();
  const scratch = scratchFolder();
  let node: KafkaNode;
  let kafka: Kafka;

  beforeAll(async () => {
    const settings = { "log.cleaner.backoff.ms": 100, "log.cleaner.min.compaction.lag.ms": 0 };
    node = await startKafka({ stateFolder, settings });
    kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
  }, 300_000);

  afterAll(() => node.part.stop());

  const topics = (verb: string, ...args: string[]): Promise<CliOutcome> =>
    runCli(["topics", verb, ...args, "--bootstrap-servers", node.bootstrapServers], { folder: scratch.path });

  /** The lines that a verb prints; anything but success is an error. */
  async function linesOf(verb: string, ...args: string[]): Promise<string[]> {
    const { code, stdout, stderr } = await topics(verb, ...args);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout.split("\n").slice(0, -1);
  }

  async function withProducer(work: (producer: Producer) => Promise<void>, id?: string): Promise<void> {
    const producer = kafka.producer({
      ...(id === undefined ? {} : { transactionalId: id, idempotent: true, maxInFlightRequests: 1 }),
    });
    await producer.connect();
    await work(producer);
    await producer.disconnect();
  }

  const messages = (...values: string[]): { value: string; partition: number }[] =>
    values.map((value) => ({ value, partition: 0 }));

  describe("make, list, describe, delete", () => {
    it("go their way", async () => {
      expect(await linesOf("create", "way", "--partitions", "3", "--set", "retention.ms=60000")).toEqual([
        "topic way is made, 3 partitions",
      ]);
      const listed = JSON.parse((await linesOf("list", "--json"))[0]!) as { topic: string }[];
      expect(listed.find(({ topic }) => topic === "way")).toEqual({
        topic: "way",
        partitions: 3,
        replicas: 1,
        offsets: 0,
      });
      const described = await linesOf("describe", "way");
      expect(described[0]).toBe("way: 3 partitions, 0 offsets");
      expect(described.at(-1)).toBe("  retention.ms=60000");
      expect(await topics("create", "way")).toMatchObject({
        code: 2,
        stderr: "muonitor: topic way is there already\n",
      });
      expect(await topics("create", "way", "--if-missing")).toMatchObject({ code: 0 });
      expect(await linesOf("delete", "way", "--yes")).toEqual(["topic way is deleted"]);
      expect(await topics("describe", "way")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("no topic way"),
      });
    });

    it("our own topics get the settings that the system needs", async () => {
      await linesOf("create", "data_clean");
      expect((await linesOf("describe", "data_clean")).slice(-2)).toEqual([
        "  cleanup.policy=compact,delete",
        "  retention.ms=604800000",
      ]);
    });

    it("nothing is deleted without a yes, and nothing of Kafka's own at all", async () => {
      await linesOf("create", "kept");
      expect(await topics("delete", "kept")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("Say --yes"),
      });
      expect(await topics("delete", "__consumer_offsets", "--yes")).toMatchObject({
        code: 2,
        stderr: "muonitor: __consumer_offsets is Kafka's own and is not deleted\n",
      });
      expect(await topics("delete", "never", "--yes")).toMatchObject({ code: 2 });
      expect(await linesOf("count", "kept")).toEqual(["0 records, 0 bytes of keys and values"]);
    });

    it.each([
      [["create", "a/b"], 2, "a topic's name has letters"],
      [["create", "x", "--set", "no.such=1"], 1, "Kafka at"],
      [["create", "x", "--replication", "3"], 1, "Kafka at"],
      [["peek", "kept", "--unroll", "--format", "text"], 2, "--unroll needs --format csv or json"],
      [["peek", "kept", "--from", "sometime"], 2, "must be earliest, latest"],
      [["publish", "never", "--numbers", "1..2"], 2, "no topic never"],
      [["publish", "kept", "--numbers", "1-2"], 2, "must be FIRST..LAST"],
      [["publish", "kept", "--input", "none.txt"], 1, "none.txt: no such file"],
    ])("%j is one clear line", async ([verb, ...args], code, message) => {
      const outcome = await topics(verb!, ...args);
      expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
      expect(outcome.stderr.split("\n").filter((line) => /^(?!\(|$)/.test(line))).toHaveLength(1);
    });
  });

  describe("publish and peek", () => {
    it("the numbers 1 to 42 come back", async () => {
      await linesOf("create", "numbers");
      expect(await linesOf("publish", "numbers", "--numbers", "1..42")).toEqual([
        "42 records published to numbers",
      ]);
      const numbers = Array.from({ length: 42 }, (_, i) => String(i + 1));
      expect(await linesOf("peek", "numbers", "--format", "raw")).toEqual(numbers);
      expect(await linesOf("peek", "numbers", "--format", "raw", "--from", "-2")).toEqual(["41", "42"]);
      expect(await linesOf("peek", "numbers", "--format", "raw", "--from", "5", "--to", "8")).toEqual([
        "6",
        "7",
        "8",
      ]);
      expect(await linesOf("peek", "numbers", "--format", "raw", "--limit", "3")).toEqual(["1", "2", "3"]);
      expect(await linesOf("peek", "numbers", "--schema")).toEqual([
        "42 records: 42 JSON",
        "value: integer 1 to 42",
      ]);
      expect(await linesOf("count", "numbers")).toEqual(["42 records, 75 bytes of keys and values"]);
      expect(await linesOf("count", "numbers", "--fast")).toEqual(["42 offsets"]);
      expect(await linesOf("peek", "numbers", "--from", "latest")).toEqual([]);
    });

    it("a JSON file comes back, with keys, as rows and columns", async () => {
      const events = [
        { id: "a", run: { number: 1 }, hits: [{ t: 1 }, { t: 2 }] },
        { id: "b", run: { number: 2, note: "x, y" }, hits: [] },
      ];
      scratch.write("events.json", JSON.stringify(events, null, 2));
      await linesOf("create", "events", "--partitions", "4");
      await linesOf("publish", "events", "--input", "events.json", "--key-field", "id");
      const records = (await linesOf("peek", "events", "--format", "json")).map(
        (line) => JSON.parse(line) as { key: string; value: string },
      );
      expect(records.map(({ key, value }) => [key, JSON.parse(value)]).sort()).toEqual([
        ["a", events[0]],
        ["b", events[1]],
      ]);
      const rows = await linesOf("peek", "events", "--unroll", "--format", "json");
      expect(
        rows.map((row) => JSON.parse(row) as { id: string }).sort((a, b) => (a.id < b.id ? -1 : 1)),
      ).toEqual([
        { id: "a", "run.number": 1, "hits.t": 1 },
        { id: "a", "run.number": 1, "hits.t": 2 },
        { id: "b", "run.number": 2, "run.note": "x, y" },
      ]);
      const [header, ...lines] = await linesOf("peek", "events", "--unroll");
      expect(header!.split(",").sort()).toEqual(["hits.t", "id", "run.note", "run.number"]);
      expect(lines).toHaveLength(3);
      expect(lines.some((line) => line.includes('"x, y"'))).toBe(true);
    });

    it("lines come from standard input, with keys", async () => {
      await linesOf("create", "letters");
      const args = [
        "topics",
        "publish",
        "letters",
        "--key-separator",
        ":",
        "--bootstrap-servers",
        node.bootstrapServers,
      ];
      expect(await runCli(args, { stdin: Readable.from([Buffer.from("a:1\nb:2:3\n")]) })).toMatchObject({
        code: 0,
      });
      const text = await linesOf("peek", "letters");
      expect(text.map((line) => line.split("\t").slice(1))).toEqual([
        ["0:0", "a", "1"],
        ["0:1", "b", "2:3"],
      ]);
      expect((await linesOf("peek", "letters", "--format", "csv"))[2]).toMatch(/^0,1,20[^,]+Z,b,2:3$/);
    });

    it("says how far it came when a line is no JSON", async () => {
      scratch.write("broken.jsonl", '{"id": "1"}\n{"id": "2"}\noops\n');
      await linesOf("create", "broken");
      expect(await topics("publish", "broken", "--input", "broken.jsonl", "--key-field", "id")).toMatchObject(
        {
          code: 1,
          stderr: "muonitor: broken.jsonl: line 3 is no JSON: oops; 2 records were published before\n",
        },
      );
      expect(await linesOf("count", "broken", "--json")).toEqual([
        JSON.stringify({ records: 2, empty: 0, bytes: 24, offsets: 2 }),
      ]);
    });

    it("goes by time", async () => {
      await linesOf("create", "times");
      const base = Date.UTC(2026, 0, 1);
      await withProducer(async (producer) => {
        const timed = [0, 1, 2, 3].map((hour) => ({
          value: `h${hour}`,
          timestamp: String(base + hour * 3_600_000),
        }));
        await producer.send({ topic: "times", messages: timed });
      });
      const between = ["--from", "2026-01-01T01:00:00Z", "--to", "2026-01-01T03:00:00Z"];
      expect(await linesOf("peek", "times", "--format", "raw", ...between)).toEqual(["h1", "h2"]);
    });

    it("partitions come one after the other, and can be chosen", async () => {
      await linesOf("create", "parts", "--partitions", "3");
      await withProducer(async (producer) => {
        const values = Array.from({ length: 30 }, (_, i) => ({ value: String(i), partition: i % 3 }));
        await producer.send({ topic: "parts", messages: values });
      });
      const inOrder = [0, 1, 2].flatMap((p) => Array.from({ length: 10 }, (_, i) => String(i * 3 + p)));
      expect(await linesOf("peek", "parts", "--format", "raw")).toEqual(inOrder);
      expect(await linesOf("peek", "parts", "--format", "raw", "--limit", "12")).toEqual(
        inOrder.slice(0, 12),
      );
      const chosen = await linesOf("peek", "parts", "--format", "raw", "--partition", "2", "--from", "8");
      expect(chosen).toEqual(["26", "29"]);
    });
  });

  describe("a reading ends by itself", () => {
    it("after transactions that were committed or given up", async () => {
      await linesOf("create", "transactions");
      await withProducer(async (producer) => {
        const first = await producer.transaction();
        await first.send({ topic: "transactions", messages: messages("a", "b") });
        await first.commit();
        const second = await producer.transaction();
        await second.send({ topic: "transactions", messages: messages("no", "no") });
        await second.abort();
        const third = await producer.transaction();
        await third.send({ topic: "transactions", messages: messages("c") });
        await third.commit();
        // The topic ends with records that are not there.
        const last = await producer.transaction();
        await last.send({ topic: "transactions", messages: messages("no") });
        await last.abort();
      }, "writer");
      expect(await linesOf("peek", "transactions", "--format", "raw")).toEqual(["a", "b", "c"]);
      // 6 records and 4 marks of transactions.
      expect(await linesOf("count", "transactions", "--json")).toEqual([
        JSON.stringify({ records: 3, empty: 0, bytes: 3, offsets: 10 }),
      ]);
    });

    it("before a transaction that is still open", async () => {
      await linesOf("create", "open");
      await withProducer(async (producer) => {
        const first = await producer.transaction();
        await first.send({ topic: "open", messages: messages("seen") });
        await first.commit();
        const open = await producer.transaction();
        await open.send({ topic: "open", messages: messages("not", "yet") });
        expect(await linesOf("peek", "open", "--format", "raw")).toEqual(["seen"]);
        // Whoever asks for more is told that there is none, and does not wait for the transaction.
        const values: string[] = [];
        const unread = await readRanges({
          access: { bootstrapServers: node.bootstrapServers },
          topic: "open",
          ranges: [{ partition: 0, from: 0n, to: 4n }],
          take: ({ value }) => values.push(String(value)) > 0,
        });
        expect([values, unread]).toEqual([["seen"], [{ partition: 0, from: 2n, to: 4n }]]);
        await open.abort();
      }, "waiting");
    });

    it("over gaps that compaction has left", async () => {
      const compacted = ["cleanup.policy=compact", "segment.ms=100", "min.cleanable.dirty.ratio=0.001"];
      await linesOf("create", "gaps", ...compacted.flatMap((setting) => ["--set", setting]));
      const keyed = (n: number): { key: string; value: string } => ({ key: "same", value: String(n) });
      await withProducer((producer) =>
        producer
          .send({ topic: "gaps", messages: Array.from({ length: 50 }, (_, i) => keyed(i)) })
          .then(() => undefined),
      );
      let sent = 50;
      // A segment ends when a record comes after its time; then the cleaner takes what has a newer value.
      await expect
        .poll(
          async () => {
            await withProducer((producer) =>
              producer.send({ topic: "gaps", messages: [keyed(sent++)] }).then(() => undefined),
            );
            const { stdout } = await topics("count", "gaps", "--json");
            return (JSON.parse(stdout) as { records: number }).records;
          },
          { timeout: 120_000, interval: 200 },
        )
        .toBeLessThan(30);
      const { stdout } = await topics("count", "gaps", "--json");
      expect(JSON.parse(stdout)).toMatchObject({ offsets: sent });
      // It ends within the gap.
      expect(await linesOf("peek", "gaps", "--to", "20", "--format", "raw")).toEqual([]);
      expect(await linesOf("peek", "gaps", "--from", "-1", "--format", "raw")).toEqual([String(sent - 1)]);
    });

    it("and leaves no group of readers behind", async () => {
      const admin = kafka.admin();
      await admin.connect();
      const { groups } = await admin.listGroups();
      await admin.disconnect();
      expect(groups.filter(({ groupId }) => groupId.startsWith("muonitor-reader"))).toEqual([]);
    });
  });

  it("many records are read fast", async () => {
    await linesOf("create", "many", "--partitions", "4");
    await linesOf("publish", "many", "--numbers", "1..200000");
    const { stdout } = await topics("count", "many", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ records: 200_000 });
  });

  it("a broker that is not there is one line", async () => {
    const outcome = await runCli(["topics", "list", "--bootstrap-servers", "127.0.0.1:1"]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^muonitor: no Kafka broker answers at 127\.0\.0\.1:1: [^\n]+\n$/);
  });
});
