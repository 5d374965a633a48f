/** Resumes an interrupted `produce`. */
import type { Journal, ProductionOptions, StreamInput } from "../../producer/index.js";
import {
  endOffsets,
  isOtherTopic,
  lastSequences,
  wholeTopic,
  type KafkaAccess,
  type KafkaSender,
} from "../kafka/index.js";
import { lockOrRefuse } from "../process/index.js";
import {
  checkHeld,
  checkSameTopic,
  checkUnchanged,
  notedInputs,
  readState,
  removeState,
  statePaths,
  writeState,
  type ProduceJob,
  type ProduceState,
} from "./state.js";

export interface ResumeOptions {
  job: ProduceJob;
  stateFolder: string;
  access: KafkaAccess;
  sender: KafkaSender;
  partitions: number;
  /** Identity of the topic; null where the broker reports none. */
  topicId: string | null;
  inputs: readonly StreamInput[];
  /** Name of a run that starts from scratch. */
  id: string;
  /** Discards an earlier run. */
  fromScratch: boolean;
}

/** Resources of the process that a run uses. */
interface ProduceContext {
  log: { info: (line: string) => void };
  signal: AbortSignal;
}

/** The options with which a production resumes an earlier run and can be resumed itself. */
export type Continuation = Pick<ProductionOptions, "id" | "epoch" | "journal" | "resume">;

/**
 * Runs the work of one production, under a lock against other processes that run the same one.
 * @throws UnavailableError while another one does
 */
export async function withContinuation<T>(
  options: ResumeOptions,
  context: ProduceContext,
  work: (continuation: Continuation) => Promise<T>,
): Promise<T> {
  const { note, lock } = statePaths(options.stateFolder, options.job);
  const release = lockOrRefuse(
    lock,
    ({ pid }) => `process ${pid} is sending the same rows to the same topic: wait until it has ended`,
  );
  try {
    return await work(await continuation(options, note, context));
  } finally {
    release();
  }
}

async function continuation(
  options: ResumeOptions,
  path: string,
  context: ProduceContext,
): Promise<Continuation> {
  const { job, access, partitions, inputs, fromScratch } = options;
  const state = fromScratch ? null : readState(path);
  if (state === null) return startFresh(options, path);
  checkUnchanged(state, inputs, partitions);
  const { id, epoch, plan } = state;
  const offsets = new Map(state.offsets.map(([partition, offset]) => [partition, BigInt(offset)]));
  const found = await lastSequences(access, job.topic, { id, epoch, offsets }, context.signal);
  checkHeld(job.topic, state, found, await wholeTopic(access, job.topic));
  checkSameTopic(job.topic, isOtherTopic(state.topicId ?? null, options.topicId));
  // Everything before the batch was accepted, even if the topic no longer holds it.
  const accepted = plan.sequences.map((next, partition) => Math.max(next - 1, found[partition] ?? -1));
  context.log.info(
    `resuming where process ${state.pid} was interrupted, after ${plan.rowsBefore} rows and its last batch`,
  );
  return { id, epoch, journal: journalAt(path, options, { id, epoch }, offsets), resume: { plan, accepted } };
}

/** A first run: records already in its partitions are not its own. */
async function startFresh(options: ResumeOptions, path: string): Promise<Continuation> {
  const own = { id: options.id, epoch: Date.now() };
  const ends = await endOffsets(options.access, options.job.topic);
  return { ...own, journal: journalAt(path, options, own, ends) };
}

function journalAt(
  path: string,
  { job, sender, partitions, topicId, inputs }: ResumeOptions,
  { id, epoch }: { id: string; epoch: number },
  before: ReadonlyMap<number, bigint>,
): Journal {
  let noted = notedInputs(inputs, 0);
  return {
    before: (plan) => {
      const count = job.loop ? inputs.length : plan.position.input + 1;
      if (count !== noted.count) noted = notedInputs(inputs, count);
      const offsets = [...new Map([...before, ...sender.offsets])].map(
        ([partition, offset]): [number, string] => [partition, String(offset)],
      );
      const state: ProduceState = {
        schema: 1,
        pid: process.pid,
        id,
        epoch,
        partitions,
        ...(topicId === null ? {} : { topicId }),
        inputs: noted,
        plan,
        offsets,
      };
      writeState(path, state);
    },
    end: () => removeState(path),
  };
}
