/** A window keeper with a clock set by the test. */
import { tmpdir } from "node:os";
import type { RawRecord, WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import { WindowKeeper, type WindowKeeperOptions } from "../../runners/live/embedded/window-keeper.js";

/** Start of the clock: a multiple of every window length. */
export const startMs = 1_763_700_000_000;
export const windowMs = 5000;

interface KeeperBench {
  keeper: WindowKeeper;
  /** All messages so far, including corrections. */
  messages: WindowMessage[];
  /** The newest message of each window, by window start. */
  newest: () => Map<number, WindowMessage>;
  /** Sets the clock relative to the start and advances the keeper to it. */
  at: (ms: number) => Promise<void>;
}

export function keeperBench(options: Partial<WindowKeeperOptions> = {}): KeeperBench {
  const messages: WindowMessage[] = [];
  let now = startMs;
  const keeper = new WindowKeeper({
    config: defaultPipelineConfig,
    allowedLatenessMs: 60_000,
    watermarkDelayMs: 50,
    startedMs: startMs,
    memoryBytes: 1 << 28,
    temporaryFolder: tmpdir(),
    emit: (json) => messages.push(JSON.parse(json) as WindowMessage),
    now: () => now,
    ...options,
  });
  return {
    keeper,
    messages,
    newest: () => new Map(messages.map((message) => [message.window.start_ms, message])),
    at: async (ms) => {
      now = startMs + ms;
      await keeper.advance(now);
    },
  };
}

/** A record `ms` after the start with one row per orbit, or a heartbeat if no orbits are given. */
export function recordAt(ms: number, ...orbits: number[]): RawRecord {
  const value = Buffer.from(orbits.map((orbit) => `2,0,1,${orbit},5,5`).join("\n"));
  return { key: null, value, timestampMs: startMs + ms, partition: 0 };
}

/** The message without the fields that depend on the order of arrival. */
export function contentOf(message: WindowMessage): WindowMessage {
  return { ...message, revision: 0, partial: false, emitted_ms: 0 };
}
