/** A window keeper under a clock that the test sets. */
import { tmpdir } from "node:os";
import type { RawRecord, WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import { WindowKeeper, type WindowKeeperOptions } from "../../runners/live/embedded/window-keeper.js";

/** A multiple of every window length. */
export const startMs = 1_763_700_000_000;
export const windowMs = 5000;

interface KeeperBench {
  keeper: WindowKeeper;
  /** All messages so far, corrected ones too. */
  messages: WindowMessage[];
  /** The newest message of each window, by window start. */
  newest: () => Map<number, WindowMessage>;
  /** Sets the clock to a time after the start and advances the keeper to it. */
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

/** A record so many ms after the start, with one row per orbit; none is a heartbeat. */
export function recordAt(ms: number, ...orbits: number[]): RawRecord {
  const value = Buffer.from(orbits.map((orbit) => `2,0,1,${orbit},5,5`).join("\n"));
  return { key: null, value, timestampMs: startMs + ms, partition: 0 };
}

/** The message without what depends on the stream's course rather than on its records. */
export function contentOf(message: WindowMessage): WindowMessage {
  return { ...message, revision: 0, partial: false, emitted_ms: 0 };
}
