/** A bounded reading ends on its own, whatever the topic contains: transactions, gaps, compressed batches. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { lastSequences, readRanges } from "../../runners/kafka/index.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { bytesOf, markedBlocks, someHits } from "../producer/layouts/words.js";
import { useTopics } from "./use-topics.js";

describeWithJava("a bounded reading ends", () => {
  const { stateFolder, scratch, kafka, bootstrapServers, topics, linesOf, withProducer } = useTopics();
  const messages = (...values: string[]): { value: string; partition: number }[] =>
    values.map((value) => ({ value, partition: 0 }));

  it("after committed and aborted transactions", async () => {
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
      // The topic ends with offsets without readable records.
      const last = await producer.transaction();
      await last.send({ topic: "transactions", messages: messages("no") });
      await last.abort();
    }, "writer");
    expect(await linesOf("peek", "transactions", "--format", "raw")).toEqual(["a", "b", "c"]);
    // 6 records and 4 transaction markers.
    expect(await linesOf("count", "transactions", "--json")).toEqual([
      JSON.stringify({ records: 3, empty: 0, bytes: 3, offsets: 10 }),
    ]);
  });

  it("for messages of the DAQ, which give windows by run", async () => {
    await linesOf("create", "daq");
    const values = [592, 591, 591].map((run, i) => bytesOf(markedBlocks(run, someHits(128, 100 + 200 * i))));
    await withProducer(async (producer) => {
      await producer.send({ topic: "daq", messages: values.map((value) => ({ value, partition: 0 })) });
    });
    const asked = ["--bootstrap-servers", bootstrapServers(), "--topic", "daq", "--raw-format", "dma"];
    const { code, stdout, stderr } = await runCli(
      ["process", "--input", "kafka", "--state-dir", ".", ...asked],
      { folder: scratch.path },
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("384 rows = 0 malformed")]);
    const windows = stdout.split("\n").slice(0, -1);
    const seen = windows.map((line) => JSON.parse(line) as WindowMessage);
    expect(seen.map(({ run, hit_count: hits }) => [run, hits])).toEqual([
      [591, 256],
      [592, 128],
    ]);
  });

  it("if the first response of the broker has many megabytes", async () => {
    await linesOf("create", "large");
    const value = "x".repeat(300_000);
    await withProducer(async (producer) => {
      for (let i = 0; i < 60; i++) await producer.send({ topic: "large", messages: messages(value) });
    });
    expect(await linesOf("count", "large", "--json")).toEqual([
      JSON.stringify({ records: 60, empty: 0, bytes: 60 * value.length, offsets: 60 }),
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
      expect(await topics("peek", "open", "--format", "raw")).toMatchObject({
        ...{ code: 0, stdout: "seen\n" },
        stderr: expect.stringContaining("partition 0: offsets 2 to 3 contain no readable record"),
      });
      // A request for more records gets none, and does not wait for the transaction.
      const values: string[] = [];
      const unread = await readRanges({
        access: { bootstrapServers: bootstrapServers() },
        topic: "open",
        ranges: [{ partition: 0, from: 0n, to: 4n }],
        take: ({ value }) => values.push(String(value)) > 0,
      });
      expect([values, unread]).toEqual([["seen"], [{ partition: 0, from: 2n, to: 4n }]]);
      await open.abort();
    }, "waiting");
  });

  it("before an open transaction in process, which reports the unreadable part and reads it later", async () => {
    await linesOf("create", "half");
    const row = "2,0,1,3387354526,5,5\n";
    const process = (...args: string[]): ReturnType<typeof runCli> =>
      runCli(
        ["process", "--input", "kafka", "--topic", "half", "--state-dir", ".", ...args].concat(
          ...["--bootstrap-servers", bootstrapServers()],
        ),
        { folder: scratch.path },
      );
    const rowsOf = ({ stdout }: { stdout: string }): number[] =>
      stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as WindowMessage).ledger.rows);
    await withProducer((producer) =>
      producer.send({ topic: "half", messages: messages(row) }).then(() => undefined),
    );
    await withProducer(async (producer) => {
      const open = await producer.transaction();
      await open.send({ topic: "half", messages: messages(row) });
      // The open transaction also hides records of other producers.
      await withProducer((other) =>
        other.send({ topic: "half", messages: messages(row, row) }).then(() => undefined),
      );
      expect(await process()).toMatchObject({
        ...{ code: 1, stdout: "" },
        stderr: expect.stringMatching(
          /^muonitor: topic half: a transaction is open in partition 0, so records from offset 1 on .* --to 0=1$/m,
        ),
      });
      expect(rowsOf(await process("--to", "0=1"))).toEqual([1]);
      await open.commit();
    }, "halfway");
    expect(rowsOf(await process())).toEqual([4]);
  });

  it("for a resumed producer, which finds its own records after a transaction of others", async () => {
    await linesOf("create", "mixed");
    const keyed = (sequence: number) => ({ key: `m1:s:1:0:${sequence}`, value: "x", partition: 0 });
    await withProducer(async (producer) => {
      const open = await producer.transaction();
      await open.send({ topic: "mixed", messages: messages("theirs") });
      await withProducer((own) =>
        own.send({ topic: "mixed", messages: [keyed(0), keyed(1)] }).then(() => undefined),
      );
      const trace = { id: "s", epoch: 1, offsets: new Map<number, bigint>() };
      const { signal } = new AbortController();
      expect(await lastSequences({ bootstrapServers: bootstrapServers() }, "mixed", trace, signal)).toEqual([
        1,
      ]);
      await open.abort();
    }, "in-between");
  });

  it("for a resumed producer while another one writes without a pause", async () => {
    await linesOf("create", "busy");
    await withProducer(async (producer) => {
      const send = (one: { value: string; key?: string }): Promise<unknown> =>
        producer.send({ topic: "busy", messages: [{ ...one, partition: 0 }] });
      await send({ key: "m1:s:1:0:0", value: "x" });
      const enough = new AbortController();
      const writing = (async () => {
        while (!enough.signal.aborted) await send({ value: "theirs" });
      })();
      const trace = { id: "s", epoch: 1, offsets: new Map<number, bigint>() };
      const signal = AbortSignal.timeout(60_000);
      const found = await lastSequences({ bootstrapServers: bootstrapServers() }, "busy", trace, signal);
      enough.abort();
      await writing;
      expect(found).toEqual([0]);
    });
  });

  describe("for batches compressed by Java's", () => {
    const text = Array.from({ length: 2000 }, (_, i) => `2,${i % 2},${i % 128},3387354526,${i % 3564},3`);
    const segmentOf = (topic: string): string =>
      join(stateFolder, "kafka", "data", `${topic}-0`, "00000000000000000000.log");

    // Compression codes in the attributes of a batch.
    it.each([
      ["gzip", 1],
      ["snappy", 2],
      ["lz4", 3],
      ["zstd", 4],
    ])("%s", async (name, number) => {
      await linesOf("create", name, "--set", `compression.type=${name}`);
      scratch.write("text.txt", `${text.join("\n")}\n`);
      await linesOf("publish", name, "--input", "text.txt");
      const [attributesAt, mask] = [21, 7];
      expect(readFileSync(segmentOf(name)).readInt16BE(attributesAt) & mask).toBe(number);
      expect(await linesOf("peek", name, "--format", "raw")).toEqual(text);
    });

    it("lz4 with one damaged batch, with one clear line", async () => {
      const segment = readFileSync(segmentOf("lz4"));
      writeFileSync(segmentOf("lz4"), segment.fill(0xff, 80, 200), { flag: "r+" });
      expect(await topics("count", "lz4")).toMatchObject({
        ...{ code: 1, stdout: "" },
        stderr: expect.stringMatching(
          /^muonitor: topic lz4 cannot be read: a batch compressed with lz4 is damaged: [^\n]+\n$/,
        ),
      });
    });
  });

  it("for gaps left by compaction", async () => {
    const compacted = ["cleanup.policy=compact", "segment.ms=100", "min.cleanable.dirty.ratio=0.001"];
    await linesOf("create", "gaps", ...compacted.flatMap((setting) => ["--set", setting]));
    const keyed = (n: number): { key: string; value: string } => ({ key: "same", value: String(n) });
    await withProducer((producer) =>
      producer
        .send({ topic: "gaps", messages: Array.from({ length: 50 }, (_, i) => keyed(i)) })
        .then(() => undefined),
    );
    let sent = 50;
    // A record after the segment time closes the segment; then the cleaner removes records with newer values.
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
    // The range ends within the gap.
    expect(await linesOf("peek", "gaps", "--to", "20", "--format", "raw")).toEqual([]);
    expect(await linesOf("peek", "gaps", "--from", "-1", "--format", "raw")).toEqual([String(sent - 1)]);
  });

  it("without leaving a consumer group behind", async () => {
    const admin = kafka().admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups.filter(({ groupId }) => groupId.startsWith("muonitor-reader"))).toEqual([]);
  });
});
