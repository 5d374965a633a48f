/** The verbs for topics with a real Kafka, with keys and times. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

describeWithJava("topics", () => {
  const { scratch, bootstrapServers, topics, linesOf, withProducer } = useTopics();

  describe("make, list, describe, delete", () => {
    it("topics can be created, listed, described and deleted", async () => {
      expect(await linesOf("create", "way", "--partitions", "3", "--set", "retention.ms=60000")).toEqual([
        "topic way created, 3 partitions",
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
        stderr: "muonitor: topic way already exists\n",
      });
      expect(await topics("create", "way", "--if-missing")).toMatchObject({ code: 0 });
      expect(await linesOf("delete", "way", "--yes")).toEqual(["topic way deleted"]);
      expect(await topics("describe", "way")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("no topic way"),
      });
    });

    it("Muonitor's own topics get the settings that the system needs", async () => {
      await linesOf("create", "data_clean");
      expect((await linesOf("describe", "data_clean")).slice(-2)).toEqual([
        "  cleanup.policy=compact,delete",
        "  retention.ms=604800000",
      ]);
    });

    it("no topic is deleted without --yes, and Kafka's internal topics are never deleted", async () => {
      await linesOf("create", "kept");
      expect(await topics("delete", "kept")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("Use --yes"),
      });
      expect(await topics("delete", "__consumer_offsets", "--yes")).toMatchObject({
        code: 2,
        stderr: "muonitor: __consumer_offsets is an internal topic of Kafka and cannot be deleted\n",
      });
      expect(await topics("delete", "never", "--yes")).toMatchObject({ code: 2 });
      expect(await linesOf("count", "kept")).toEqual(["0 records, 0 bytes of keys and values"]);
    });

    it.each([
      [["create", "a/b"], 2, "a topic name must be"],
      [["create", "x", "--set", "no.such=1"], 1, "Kafka at"],
      [["create", "x", "--replication", "3"], 1, "Kafka at"],
      [["peek", "kept", "--unroll", "--format", "text"], 2, "--unroll needs --format csv or json"],
      [["peek", "kept", "--from", "sometime"], 2, "must be earliest, latest"],
      [["publish", "never", "--numbers", "1..2"], 2, "no topic never"],
      [["publish", "kept", "--numbers", "1-2"], 2, "must be FIRST..LAST"],
      [["publish", "kept", "--input", "none.txt"], 1, "none.txt: no such file"],
    ])("%j gives one clear line", async ([verb, ...args], code, message) => {
      const outcome = await topics(verb!, ...args);
      expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
      expect(outcome.stderr.split("\n").filter((line) => /^(?!\(|$)/.test(line))).toHaveLength(1);
    });
  });

  describe("publish and peek", () => {
    it("return the numbers 1 to 42", async () => {
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

    it("return a JSON file with keys, as rows and columns", async () => {
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

    it("return lines from standard input with keys", async () => {
      await linesOf("create", "letters");
      const args = [
        "topics",
        "publish",
        "letters",
        "--key-separator",
        ":",
        "--bootstrap-servers",
        bootstrapServers(),
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

    it("report the number of published records if a line is not JSON", async () => {
      scratch.write("broken.jsonl", '{"id": "1"}\n{"id": "2"}\noops\n');
      await linesOf("create", "broken");
      expect(await topics("publish", "broken", "--input", "broken.jsonl", "--key-field", "id")).toMatchObject(
        {
          code: 1,
          stderr:
            "muonitor: broken.jsonl: line 3 is not JSON: oops; 2 records were published before the error\n",
        },
      );
      expect(await linesOf("count", "broken", "--json")).toEqual([
        JSON.stringify({ records: 2, empty: 0, bytes: 24, offsets: 2 }),
      ]);
    });

    it("select records by time", async () => {
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

    it("return partitions one after another, or selected ones", async () => {
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

  it("read many records fast", async () => {
    await linesOf("create", "many", "--partitions", "4");
    await linesOf("publish", "many", "--numbers", "1..200000");
    const { stdout } = await topics("count", "many", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ records: 200_000 });
  });

  it("report an unreachable broker in one line", async () => {
    const outcome = await runCli(["topics", "list", "--bootstrap-servers", "127.0.0.1:1"]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^muonitor: no Kafka broker answers at 127\.0\.0\.1:1: [^\n]+ \(muonitor init starts one here\)\n$/,
    );
  });
});
