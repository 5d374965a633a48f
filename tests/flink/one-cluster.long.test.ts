/** Three streams on one Kafka and one Flink: known rows, the earlier system's JSON, and a complete `up`. */
import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { windowMessagesDirect } from "../../pipeline/beam/index.js";
import type { Quality, RawRecord, SystemStatus, WindowMessage } from "../../pipeline/model/index.js";
import type { Finding } from "../../runners/cli/doctor/finding.js";
import { FlinkRest } from "../../runners/flink/rest.js";
import { KafkaSender, type TopicRecord } from "../../runners/kafka/index.js";
import { program, startMuonitor } from "../cli/real-process.js";
import { runCli } from "../cli/run-cli.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { startMarked } from "../infra/marked-process.js";
import { recordsOf } from "../kafka/topic-content.js";
import { describeWithJava } from "../services/with-java.js";
import { decodeFile } from "../reference/decode.js";
import { jsonOf } from "../reference/encode.js";
import type { Row } from "../reference/row.js";
import { systemCOf, usualBins } from "../reference/system-c.js";
import { closeWindows, produceKnownRows } from "./rows.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const polling = { timeout: 120_000, interval: 250 };
const partitions = 3;
const example = new URL("../golden/examples/few-rows.txt", import.meta.url);

describeWithJava("one cluster", () => {
  // One slot for each task: two for the first job, and one for each of the others.
  const system = useStreamingSystem({ partitions, flink: { slots: 4 }, job: { parallelism: 2 } });
  const scratch = scratchFolder();
  const servers = (): string[] => ["--bootstrap-servers", system.kafka.bootstrapServers];
  const master = (): string[] => ["--flink-master", system.flink.master];
  const cluster = (): string[] => [...servers(), ...master()];
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(args, { folder: scratch.path });
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const statesOf = async (name: string): Promise<string[]> =>
    (await new FlinkRest(system.flink.master).jobs())
      .filter((job) => job.name === name)
      .map(({ state }) => state);

  it("gives the same messages as the direct runner", async () => {
    const { bootstrapServers } = system.kafka;
    const known = produceKnownRows(bootstrapServers, partitions, { limit: 20_000, rateHz: 4000 });
    await known.production.done;
    await closeWindows(known.sender, partitions);
    await known.sender.close();
    const { rows } = known.simulator.truth().ledger;
    await expect.poll(() => system.watch.total().rows, polling).toBe(rows);
    const direct = await directMessages(await recordsOf(bootstrapServers, "data_raw"));
    const streamed = system.watch.withRows().sort((a, b) => a.msg_ID - b.msg_ID);
    expect(direct.length).toBeGreaterThan(2);
    expect(streamed.map(comparable)).toEqual(direct.map(comparable));
  });

  it("reads JSON rows of another telescope and gives the results of system C, while the first job runs", async () => {
    const topic = "Experiment_measurements";
    for (const [name, count] of [
      [topic, "4"],
      ["results", "1"],
      ["c.data_clean", "1"],
    ] as const)
      await succeed("topics", "create", name, "--partitions", count, ...servers());
    const { rows } = decodeFile(readFileSync(example), "csv");
    const windowMs = 2000;
    const firstMs = Math.floor(Date.now() / windowMs) * windowMs - 5 * windowMs;
    const startOf = (row: number): number => firstMs + (row % 3) * windowMs;
    const sender = new KafkaSender({ ...system.access, topic });
    onTestFinished(() => sender.close());
    await sender.send(
      rows.map((row, i) => ({
        ...{ key: null, partition: i % 4, timestampMs: startOf(i) + i },
        value: Buffer.from(i % 2 === 0 ? jsonOf(elsewhere(row)) : `[${jsonOf(elsewhere(row))}]`),
      })),
    );
    const detector = scratch.write("elsewhere.yaml", elsewhereFile);
    await succeed(
      ...["submit", "--stream", "c", "--raw-topic", topic, "--system-c", "--detector", detector],
      ...[
        ...cluster(),
        "--worker-pool",
        system.pool.address,
        "--window",
        String(windowMs / 1000),
        "--state-dir",
        system.stateFolder,
      ],
    );
    await closeWindows(sender, 4);
    await expect.poll(() => rowsIn("c.data_clean"), polling).toBe(rows.length);

    await succeed("results", "--once", "--stream", "c", ...servers());
    const lines = (await succeed("topics", "peek", "results", "--format", "raw", ...servers()))
      .trimEnd()
      .split("\n");
    const newest = new Map(
      lines.map((line) => JSON.parse(line) as { Index: number }).map((one) => [one.Index, one]),
    );
    for (const w of [0, 1, 2]) {
      const ours = rows.filter((_, i) => i % 3 === w);
      expect(newest.get(startOf(w) / 1000)).toEqual(systemCOf(ours, startOf(w), bins));
    }
    await succeed("cancel", "--stream", "c", ...master());
    expect([await statesOf("muonitor-c"), await statesOf("muonitor-test")]).toEqual([
      ["CANCELED"],
      ["RUNNING"],
    ]);
  });

  it("passes the checks of doctor", async () => {
    const { stdout } = await runCli(["doctor", ...cluster(), "--json"]);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const found = (name: string): Finding | undefined => findings.find(({ what }) => what === name);
    expect(found("Kafka")).toMatchObject({ status: "ok", found: expect.stringContaining("data_raw") });
    expect(found("Flink")).toMatchObject({
      status: "ok",
      found: expect.stringContaining(" of 4 slots free"),
    });
  });

  it("can be used by a complete `up`, which starts no services, reports faults, and ends only its own job", async () => {
    await buildWithPage();
    const worker = startMuonitor(["worker", "--port", "0"], scratch.path);
    onTestFinished(() => worker.signal("SIGKILL"));
    await expect.poll(worker.stdout, polling).toMatch(/^workers at \S+\n$/);
    const pool = ["--worker-pool", worker.stdout().trim().replace("workers at ", "")];
    const source = ["--stream", "lab2", "--window", "2", "--rate", "4000"];
    const options = ["--runner", "flink", ...cluster(), ...pool, ...source];
    const words = [...options, "--port", "0", "--state-dir", scratch.folder("up")].join(" ");
    const up = startMarked(`exec ${process.execPath} ${program} up ${words}`, scratch.path);
    onTestFinished(up.kill);
    const [, url] = await up.waitForOutput(/Muonitor is live at (\S+)\n/);
    expect(up.output()).not.toMatch(/starting (Kafka|Flink)|workers are at/);
    const ask = async <T>(path: string, request: RequestInit = {}): Promise<T> =>
      (await (await fetch(new URL(path, url), request)).json()) as T;
    const chamber = async (): Promise<string> =>
      (await ask<Partial<Quality>>("/api/v1/quality")).chambers?.[2]?.state ?? "none";

    await expect.poll(chamber, polling).toBe("good");
    const body = JSON.stringify({ dead_layer: { chamber: 2, layer: 1 } });
    const headers = { "content-type": "application/json" };
    await ask("/api/v1/practice/faults", { method: "PATCH", headers, body });
    await expect.poll(chamber, polling).toBe("bad");
    const { findings } = await ask<Quality>("/api/v1/quality");
    expect(findings.map(({ reason }) => reason).join("; ")).toMatch(/layer 1/i);
    expect(await ask<SystemStatus>("/api/status")).toMatchObject({
      runner: "flink",
      demo: true,
      problem: null,
    });

    up.interrupt();
    expect(await up.ended).toBe(0);
    await expect.poll(up.leftovers, { timeout: 10_000 }).toEqual([]);
    worker.signal("SIGINT");
    expect(await worker.ended).toBe(0);
    expect([await statesOf("muonitor-lab2"), await statesOf("muonitor-test")]).toEqual([
      ["CANCELED"],
      ["RUNNING"],
    ]);
    expect(await succeed("topics", "count", "lab2.data_raw", "--fast", ...servers())).toMatch(
      /^[1-9]\d* offsets/,
    );
  });

  async function rowsIn(topic: string): Promise<number> {
    const newest = new Map<string, number>();
    for (const { key, value } of await recordsOf(system.kafka.bootstrapServers, topic))
      newest.set(String(key), (JSON.parse(String(value)) as WindowMessage).ledger.rows);
    return [...newest.values()].reduce((sum, rows) => sum + rows, 0);
  }
});

/** The same rows from another telescope, whose FPGAs have other numbers. */
function elsewhere(row: Row): Row {
  return row.head === 2 ? { ...row, fpga: row.fpga + 4 } : row;
}

const bins = { ...usualBins, channels: [0, 128, 32] as [number, number, number] };
const elsewhereFile = `chambers:
  - { fpga: 4, first-channel: 0, height-mm: 219.8, rotated: false, drift-offset-ns: 93.9 }
  - { fpga: 4, first-channel: 64, height-mm: 977.3, rotated: true, drift-offset-ns: 101.4 }
  - { fpga: 5, first-channel: 0, height-mm: 1035.6, rotated: false, drift-offset-ns: 95.5 }
  - { fpga: 5, first-channel: 64, height-mm: 1819.8, rotated: false, drift-offset-ns: 92.4 }
scintillator: { fpga: 5, channel: 128 }
system-c:
  channels: { lower: 0, upper: 128, step: 32 }
  orbits: { lower: 600000, upper: 10000000, step: 500000 }
  drift-time-ns: { lower: 0, upper: 1000, step: 10 }
`;

async function directMessages(topic: readonly TopicRecord[]): Promise<WindowMessage[]> {
  const records = topic.map((record): RawRecord => ({ ...record, value: record.value ?? new Uint8Array(0) }));
  const messages = await windowMessagesDirect(streamingConfig, records);
  return messages
    .map(({ json }) => JSON.parse(json) as WindowMessage)
    .filter(({ ledger }) => ledger.rows > 0)
    .sort((a, b) => a.msg_ID - b.msg_ID);
}

/** A message without emission time and revision. */
function comparable(message: WindowMessage): unknown {
  return { ...message, emitted_ms: 0, revision: 0 };
}
