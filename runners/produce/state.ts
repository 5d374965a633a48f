/** The note of an interrupted `produce`, written before each batch: enough to resume where it stopped. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MuonitorError, UsageError } from "../../pipeline/model/index.js";
import type { BatchPlan, StreamInput } from "../../producer/index.js";
import type { OffsetRange } from "../kafka/index.js";
import { removeNote, writeNote } from "../process/index.js";

/** Identifies a run: its options except the rate. */
export interface ProduceJob {
  bootstrapServers: string;
  topic: string;
  partitionBy: string;
  rowsPerMessage: number;
  limit: number | null;
  loop: boolean;
  /** Layout of the inputs; absent if they have our own columns. */
  layout?: string;
  /** Names of the inputs as given by the user, with the folder to which they are relative. */
  named: readonly string[];
}

export interface ProduceState {
  /** 1; other versions are rejected. */
  schema: number;
  /** Process that writes the note. */
  pid: number;
  id: string;
  epoch: number;
  partitions: number;
  /** Identity of the topic; absent where the broker reports none. */
  topicId?: string;
  inputs: NotedInputs;
  plan: BatchPlan;
  /** By partition: everything before this offset was accepted before the batch. */
  offsets: [partition: number, offset: string][];
}

/** Detects changes of the inputs that were read. */
interface NotedInputs {
  /** Number of inputs covered, from the first on. */
  count: number;
  /** Digest of their names, sizes and versions. */
  digest: string;
}

const folderName = "produce";
const onceMore = "use --no-resume to send everything again";

/** Paths of the note and of the lock: one for each job. */
export function statePaths(stateFolder: string, job: ProduceJob): { note: string; lock: string } {
  const hash = createHash("sha256").update(JSON.stringify(job)).digest("hex").slice(0, 16);
  const path = join(stateFolder, folderName, hash);
  return { note: `${path}.json`, lock: `${path}.lock` };
}

/** Atomic: readers see the old or the new note. @throws MuonitorError when it is not writable */
export function writeState(path: string, state: ProduceState): void {
  writeNote(path, state);
}

export function removeState(path: string): void {
  removeNote(path);
}

/** The note of an interrupted run; null if there is none. @throws MuonitorError when it has another format */
export function readState(path: string): ProduceState | null {
  let state: ProduceState;
  try {
    state = JSON.parse(readFileSync(path, "utf8")) as ProduceState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MuonitorError(`${path}: cannot be read: ${(error as Error).message}; ${onceMore}`, {
      cause: error,
    });
  }
  if (state.schema !== 1) throw new MuonitorError(`${path}: was written by another version; ${onceMore}`);
  return state;
}

export function notedInputs(inputs: readonly StreamInput[], count: number): NotedInputs {
  const hash = createHash("sha256");
  for (const { name, size, version } of inputs.slice(0, count))
    hash.update(JSON.stringify([name, size, version]));
  return { count, digest: hash.digest("hex") };
}

/** @throws UsageError when inputs already read have changed, or the topic has other partitions */
export function checkUnchanged(
  state: ProduceState,
  inputs: readonly StreamInput[],
  partitions: number,
): void {
  const { count, digest } = state.inputs;
  if (state.partitions !== partitions)
    throw new UsageError(
      `the topic had ${state.partitions} partitions and has ${partitions} now: ${onceMore}`,
    );
  if (notedInputs(inputs, count).digest === digest) return;
  const which = count === 1 ? (inputs[0]?.name ?? "the input") : `one of the first ${count} inputs`;
  throw new UsageError(`${which} has changed since it was read before: ${onceMore}`);
}

/** @throws UsageError when another topic now has the name */
export function checkSameTopic(topic: string, isOther: boolean): void {
  if (isOther)
    throw new UsageError(
      `topic ${topic} was deleted and created again: the records sent to it are lost; ${onceMore}`,
    );
}

/**
 * Accepted rows may have exceeded the topic's retention, but they are missing from a topic that was emptied or
 * recreated.
 * @param found last sequence number in each partition from its noted offset on, -1 for none
 * @param ranges offsets that the topic holds, looked up after that
 * @throws UsageError when this is not the topic to which the rows were sent
 */
export function checkHeld(
  topic: string,
  { offsets, plan }: ProduceState,
  found: readonly number[],
  ranges: readonly OffsetRange[],
): void {
  const noted = new Map(offsets.map(([partition, offset]) => [partition, BigInt(offset)]));
  for (const { partition, from, to } of ranges) {
    const at = noted.get(partition) ?? from;
    const lastAccepted = (plan.sequences[partition] ?? 0) - 1;
    const isLost = from <= at && (found[partition] ?? -1) < lastAccepted;
    if (at > to || isLost)
      throw new UsageError(
        `partition ${partition} of ${topic} no longer holds the records sent to it: the topic was emptied or recreated; ${onceMore}`,
      );
  }
}
