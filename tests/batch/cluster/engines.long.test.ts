/** Bounded runs on a real Flink and a real Spark: output identical to the direct runner's, also after faults. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesFolder, readPiece } from "../../../pipeline/beam/index.js";
import { fullTimeRange, type WindowMessage } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../../pipeline/steps/index.js";
import { Simulator } from "../../../producer/index.js";
import { runOnCluster, type ClusterRunOptions } from "../../../runners/batch/cluster/cluster-run.js";
import { copyTopic, type CopyOptions, type TopicCopy } from "../../../runners/batch/cluster/copy-topic.js";
import { startEngine, type Engine } from "../../../runners/batch/cluster/engine.js";
import { planPieces } from "../../../runners/batch/cluster/plan.js";
import { RunFolder } from "../../../runners/batch/cluster/run-folder.js";
import type { PieceDraft } from "../../../runners/batch/cluster/staging.js";
import { runBounded, type BoundedRunSummary } from "../../../runners/batch/direct/bounded-run.js";
import { findInputs } from "../../../runners/input/inputs.js";
import { KafkaSender, parsePartitionPositions } from "../../../runners/kafka/index.js";
import { ensureTopics, rawTopic, startKafka, type KafkaNode } from "../../../runners/services/index.js";
import { repositoryFolder } from "../../../runners/paths.js";
import { WorkerPool } from "../../../runners/worker/pool.js";
import { examplesFolder, muonsFolder, pairsIn } from "../../golden/pairs.js";
import { startMarked } from "../../infra/marked-process.js";
import { bytesOf, someHits } from "../../producer/layouts/words.js";
import { detectorNamed, setUps } from "../../helpers/set-ups.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { describeWithJava, temporaryState } from "../../services/with-java.js";
import { withoutEmittedMs } from "../../reference/compare.js";

const scratch = scratchFolder();
const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", orbitShards: 4 };
const dirtyRows = 1_000_000;
const fewRows = 100_000;
const topic = "skewed";
const daqTopic = "daq";
const partitions = 10;
const fullPartition = 7;

interface Result extends BoundedRunSummary {
  lines: string[];
  complaints: string[];
}

/** Everything a user sees of a run, as text. */
function seen({ lines, ledger, windows, unreadable, sources }: Result): string {
  return JSON.stringify({ lines, ledger, windows, unreadable, ...(sources && { sources }) });
}

/** Collects the results of a run. */
async function collected(
  run: (sink: Pick<ClusterRunOptions, "output" | "complain">) => Promise<BoundedRunSummary>,
): Promise<Result> {
  const lines: string[] = [];
  const complaints: string[] = [];
  const summary = await run({
    output: ({ json }) => {
      lines.push(withoutEmittedMs(json));
      return Promise.resolve();
    },
    complain: ({ message }) => void complaints.push(message),
  });
  return { ...summary, lines, complaints };
}

async function onDirect(path: string, own = config): Promise<Result> {
  const inputs = await findInputs(path, "auto", () => undefined);
  return collected((sink) => runBounded({ ...sink, config: own, inputs, stdin: Readable.from([]) }));
}

function onDirectTopic(
  { pieces, span }: TopicCopy,
  time: PipelineConfig["time"],
  own = config,
): Promise<Result> {
  const packs = pieces.map((piece) => readPiece({ id: 0, ...piece }));
  return collected((sink) =>
    runBounded({
      ...sink,
      config: { ...own, time },
      inputs: [],
      packs,
      ...(time === "arrival" && { span }),
      stdin: Readable.from([]),
    }),
  );
}

describeWithJava("bounded runs", () => {
  const state = temporaryState();
  const dirty = join(scratch.path, "dirty.csv");
  const few = join(scratch.path, "few.csv");
  const examples = scratch.folder("examples");
  let kafka: KafkaNode;
  let expectedDirty: Result;

  beforeAll(async () => {
    const simulator = new Simulator({ seed: 23, rateHz: 40_000 });
    simulator.setFaults({ garbage: 0.02 });
    const blocks = Array.from({ length: dirtyRows / 5000 }, () => simulator.next(5000).bytes);
    writeFileSync(dirty, Buffer.concat(blocks));
    writeFileSync(few, Buffer.concat(blocks.slice(0, fewRows / 5000)));
    for (const { path } of [examplesFolder, muonsFolder].flatMap(pairsIn))
      copyFileSync(path, join(examples, basename(path)));
    [expectedDirty, kafka] = await Promise.all([onDirect(dirty), startKafka({ stateFolder: state })]);
    await ensureTopics(kafka.bootstrapServers, [rawTopic(partitions, topic), rawTopic(2, daqTopic)]);
    await fillTopic(kafka.bootstrapServers, 400);
    await fillDaqTopic(kafka.bootstrapServers);
  }, 300_000);

  afterAll(() => kafka.part.stop(), 60_000);

  it("have a known answer", () => {
    expect([expectedDirty.ledger.rows, expectedDirty.windows]).toEqual([dirtyRows, 8]);
    expect(expectedDirty.ledger.malformed).toBeGreaterThan(10_000);
  });

  it("have segments, ambiguous segments, pairs, expected signals, noise and full samples to compare", () => {
    const messages = expectedDirty.lines.map((line) => JSON.parse(line) as WindowMessage);
    // Windows that contain only trigger words have none of these.
    const withHits = messages.filter(({ hit_count }) => hit_count > 50_000);
    expect(withHits.length).toBeGreaterThan(2);
    for (const { segment_chamber, noise_chamber, chamber_pair, timing, muons } of withHits) {
      for (const { four_hit, three_hit, ambiguous } of Object.values(segment_chamber!))
        expect(Math.min(four_hit, three_hit, ambiguous)).toBeGreaterThan(0);
      for (const { hits } of Object.values(noise_chamber!)) expect(hits).toBeGreaterThan(0);
      for (const { found } of Object.values(chamber_pair!)) expect(found).toBeGreaterThan(0);
      expect(timing!["scintillator"]!.found).toBeGreaterThan(0);
      expect(muons!.length).toBeGreaterThan(12);
    }
    const candidates = messages.flatMap(({ trigger_words }) => Object.values(trigger_words!));
    expect(candidates.reduce((sum, words) => sum + words.candidates, 0)).toBeGreaterThan(0);
  });

  describe.each(["flink", "spark"] as const)("on %s", (kind) => {
    const pool = new WorkerPool({ port: 0, log: () => undefined });
    const parent = join(state, kind, "runs");
    let engine: Engine;

    beforeAll(async () => {
      mkdirSync(parent, { recursive: true });
      engine = await startEngine({
        kind,
        master: null,
        workerPool: await pool.start(),
        workers: 2,
        pieces: 2,
        stateFolder: join(state, kind),
        log: () => undefined,
        signal: new AbortController().signal,
      });
    }, 300_000);

    afterAll(async () => {
      await engine.stop();
      await pool.stop();
    }, 120_000);

    /** A run on the engine; `drafts` gives its pieces. */
    async function run(
      drafts: (folder: RunFolder) => Promise<PieceDraft[]>,
      more: Partial<ClusterRunOptions> = {},
    ): Promise<Result> {
      const folder = new RunFolder(parent, null);
      try {
        const pieces = await drafts(folder);
        return await collected((sink) =>
          runOnCluster({
            ...sink,
            config,
            span: fullTimeRange,
            pieces,
            isTopic: false,
            engine,
            shared: folder.shared,
            progress: () => undefined,
            stallTimeoutMs: 240_000,
            log: () => undefined,
            signal: new AbortController().signal,
            ...more,
          }),
        );
      } finally {
        folder.remove(false);
      }
    }

    const piecesOf =
      (path: string) =>
      async ({ staged }: RunFolder): Promise<PieceDraft[]> =>
        planPieces({
          inputs: await findInputs(path, "auto", () => undefined),
          stdin: Readable.from([]),
          folder: staged,
          pieceBytes: 1 << 20,
          complain: () => undefined,
          progress: () => undefined,
          signal: new AbortController().signal,
        });

    it("give the direct runner's bytes for the worked examples, and name a file that vanished", async () => {
      const gone = join(examples, `gone-${kind}.csv`);
      writeFileSync(gone, "2,0,1,5,5,5\n");
      const result = await run(async (folder) => {
        const pieces = await piecesOf(examples)(folder);
        rmSync(gone);
        return pieces;
      });
      expect(result.complaints).toEqual([`${gone}: vanished while it was read`]);
      expect(seen(result)).toBe(seen({ ...(await onDirect(examples)), unreadable: [gone] }));
    });

    it("give the direct runner's bytes for a million dirty rows, also when a worker is killed during the run", async () => {
      let [killed, outcomes] = [0, ""];
      const progress: ClusterRunOptions["progress"] = () => {
        // Kill only after each worker has reported a piece: Beam waits 3 minutes for a worker that dies before its first piece.
        if (killed > 0 || readdirSync(outcomes).length < 2) return;
        const [worker] = pool.workers.values();
        killed += worker?.kill("SIGKILL") === true ? 1 : 0;
      };
      const drafts = (folder: RunFolder): Promise<PieceDraft[]> => {
        outcomes = outcomesFolder(folder.shared);
        return piecesOf(dirty)(folder);
      };
      const result = await run(drafts, { progress });
      expect(killed).toBe(1);
      expect(seen(result)).toBe(seen(expectedDirty));
    });

    // The engines run the same code: each set-up is tried on one of them.
    it.each(kind === "spark" ? ["bologna-2022"] : ["snd-2025", "eight"])(
      "give the direct runner's bytes for rows of the set-up %s",
      async (name) => {
        const detector = detectorNamed(scratch, name, setUps.find(([one]) => one === name)![1]);
        const simulator = new Simulator({ seed: 29, rateHz: 20_000, detector });
        const blocks = Array.from({ length: fewRows / 5000 }, () => simulator.next(5000).bytes);
        const path = scratch.write(`${kind}-${name}.csv`, Buffer.concat(blocks));
        const own = { ...config, detector };
        const result = await run(piecesOf(path), { config: own });
        expect(result.ledger).toMatchObject(simulator.truth().ledger);
        expect(seen(result)).toBe(seen(await onDirect(path, own)));
      },
    );

    it("give the direct runner's bytes for messages of the DAQ", async () => {
      const own: PipelineConfig = { ...config, format: "dma" };
      let expected = "";
      const result = await run(
        async (folder) => {
          const copy = await copyTopic({ ...copyOptions(kafka.bootstrapServers, folder), topic: daqTopic });
          expected = seen(await onDirectTopic(copy, "detector", own));
          return copy.pieces;
        },
        { isTopic: true, config: own },
      );
      expect(seen(result)).toBe(expected);
      const messages = result.lines.map((line) => JSON.parse(line) as WindowMessage);
      expect(messages.map(({ run, hit_count }) => [run, hit_count])).toEqual([
        [591, 2540],
        [592, 1270],
      ]);
    });

    it("end with a one-line error when the work fails repeatedly", async () => {
      const broken = run(async (folder) => {
        const pieces = await piecesOf(few)(folder);
        rmSync(join(folder.shared, "partials"), { recursive: true });
        return pieces;
      });
      await expect(broken).rejects.toThrow(/^the job failed: [^\n]*partials[^\n]*$/);
    });

    it("are aborted with a reason when the workers make no progress", async () => {
      const freezing = setInterval(() => {
        for (const worker of pool.workers.values()) worker.kill("SIGSTOP");
      }, 20);
      try {
        const stuck = run(piecesOf(few), { stallTimeoutMs: 4000 });
        await expect(stuck).rejects.toThrow(/^aborted: no progress for \d+ s; the job is [a-z]+, [^\n]*$/);
      } finally {
        clearInterval(freezing);
        for (const worker of pool.workers.values()) worker.kill("SIGKILL");
      }
    });

    it.each(["detector", "arrival"] as const)(
      "read a fixed range of a skewed topic in %s time, whatever arrives meanwhile",
      async (time) => {
        let expected = "";
        const span = { ...fullTimeRange };
        const result = await run(
          async (folder) => {
            const copy = await copyTopic(copyOptions(kafka.bootstrapServers, folder));
            await fillTopic(kafka.bootstrapServers, 1);
            expected = seen(await onDirectTopic(copy, time));
            if (time === "arrival") Object.assign(span, copy.span);
            return copy.pieces;
          },
          { isTopic: true, config: { ...config, time }, span },
        );
        expect(seen(result)).toBe(expected);
        expect(result.ledger.rows).toBeGreaterThanOrEqual(400 * 20);
        expect(result.sources?.map(({ partition }) => partition)).toEqual([fullPartition]);
      },
    );

    it("leave no processes and no files behind after Ctrl-C", async () => {
      const folder = scratch.folder(`interrupted-${kind}`);
      const options = `--runner ${kind} --workers 1 --input ${dirty} --output ${folder}/out.jsonl --state-dir ${folder}`;
      const command = startMarked(`exec node infra/muonitor.js process ${options}`, repositoryFolder);
      await command.waitForOutput(/pieces on 1 workers/);
      command.interrupt();
      expect(await command.ended).toBe(130);
      await expect.poll(command.leftovers, { timeout: 30_000 }).toEqual([]);
      expect(readdirSync(folder)).toEqual(["runs"]);
      expect(readdirSync(join(folder, "runs"))).toEqual([]);
    });

    it("over an empty range have no windows and no rows", async () => {
      const nothing = parsePartitionPositions("earliest", { kind: "earliest" });
      const result = await run(
        async (folder) =>
          (await copyTopic({ ...copyOptions(kafka.bootstrapServers, folder), to: nothing })).pieces,
        { isTopic: true },
      );
      expect([result.windows, result.ledger.rows, result.sources]).toEqual([0, 0, []]);
    });
  });
});

function copyOptions(bootstrapServers: string, { staged }: RunFolder): CopyOptions {
  return {
    access: { bootstrapServers },
    topic,
    from: parsePartitionPositions("earliest", { kind: "earliest" }),
    to: parsePartitionPositions("latest", { kind: "latest" }),
    folder: staged,
    pieceBytes: 20_000,
    windowMs: config.windowMs,
    progress: () => undefined,
    signal: new AbortController().signal,
  };
}

/** Messages of 20 rows, all in one partition, spread over half a minute. */
async function fillTopic(bootstrapServers: string, messages: number): Promise<void> {
  const simulator = new Simulator({ seed: 5, rateHz: 300 });
  const sender = new KafkaSender({ bootstrapServers, topic });
  const beginMs = Date.now() - 30_000;
  await sender.send(
    Array.from({ length: messages }, (_, i) => ({
      key: new TextEncoder().encode(`m1:test:1:${fullPartition}:${i}`),
      value: simulator.next(20).bytes,
      timestampMs: beginMs + i * 70,
      partition: fullPartition,
    })),
  );
  await sender.close();
}

/** Thirty messages of 127 hits: twenty of one run, ten of the next. */
async function fillDaqTopic(bootstrapServers: string): Promise<void> {
  const sender = new KafkaSender({ bootstrapServers, topic: daqTopic });
  await sender.send(
    Array.from({ length: 30 }, (_, i) => ({
      key: null,
      value: bytesOf([BigInt(i < 20 ? 591 : 592), ...someHits(127, 10 + i)]),
      timestampMs: Date.now(),
      partition: i % 2,
    })),
  );
  await sender.close();
}
