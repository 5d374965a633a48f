/** An embedded system in this process, with the windows it has produced. */
import { onTestFinished, vi } from "vitest";
import { defaultDetector, type WindowMessage } from "../../pipeline/model/index.js";
import { EmbeddedEngine } from "../../runners/live/embedded/engine.js";
import { LiveSystem, type LiveOptions } from "../../runners/live/live-system.js";
import type { Scratch } from "./scratch.js";

export const token = "a-token-for-tests";

interface EmbeddedBench {
  system: LiveSystem;
  engine: EmbeddedEngine;
  url: string;
  /** Every message so far, in order. */
  messages: () => WindowMessage[];
  /** Every line of the log so far. */
  logged: string[];
}

/** Starts a system with 1 s windows on any free port; it is closed after the test. */
export async function startEmbedded(
  scratch: Scratch,
  source: LiveOptions["source"],
  more: Pick<LiveOptions, "openStore"> = {},
): Promise<EmbeddedBench> {
  scratch.write("page/index.html", "<!doctype html><title>test</title>");
  const logged: string[] = [];
  const options: LiveOptions = {
    source,
    stream: "test",
    detector: defaultDetector,
    muons: true,
    windowMs: 1000,
    allowedLatenessMs: 60_000,
    host: "127.0.0.1",
    port: 0,
    pageFolder: `${scratch.path}/page`,
    tokens: { own: token },
    log: (line) => void logged.push(line),
    ...more,
  };
  const engine = new EmbeddedEngine(options);
  const system = new LiveSystem(options, engine);
  const tap = vi.spyOn(system as unknown as { takeWindow(message: WindowMessage): void }, "takeWindow");
  onTestFinished(() => system.close());
  const url = await system.start();
  return { system, engine, url, messages: () => tap.mock.calls.map(([message]) => message), logged };
}
