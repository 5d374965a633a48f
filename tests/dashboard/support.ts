/** Helpers for tests of the bridge: a source in memory, a small page folder, and viewers that are closed after the test. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTestFinished } from "vitest";
import {
  createBridge,
  type Bridge,
  type BridgeOptions,
  type WindowPosition,
  type WindowSink,
  type WindowSource,
} from "../../dashboard/bridge/index.js";
import {
  noFaults,
  type Alarm,
  type ClientToServerEvents,
  type Finding,
  type Quality,
  type ServerToClientEvents,
  type Snapshot,
  type SystemStatus,
  type Verdict,
  type WindowMessage,
} from "../../pipeline/model/index.js";

export type Viewer = Socket<ServerToClientEvents, ClientToServerEvents>;

/** A source controlled by the test. */
export class MemorySource implements WindowSource {
  sink!: WindowSink;
  /** Position of an earlier bridge on `data_clean`. */
  positions: WindowPosition[] = [];
  closed = 0;

  start(sink: WindowSink, positionsOf: (topic: string) => WindowPosition[]): Promise<void> {
    this.sink = sink;
    this.positions = positionsOf("data_clean");
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

/** A source with some windows at its start; according to its clock, the last has just ended, even on a slow machine. */
export class StillSource extends MemorySource {
  private timer: NodeJS.Timeout | undefined;

  constructor(public windows: readonly WindowMessage[]) {
    super();
  }

  override async start(...given: Parameters<MemorySource["start"]>): Promise<void> {
    await super.start(...given);
    this.windows = endingNow(this.windows);
    // A window that was emitted long ago would count as past.
    for (const message of this.windows) this.sink.window({ ...message, emitted_ms: Date.now() });
    const now_ms = (this.windows.at(-1)?.window.end_ms ?? 0) + 200;
    const sendStatus = (): void => this.sink.status(makeStatus({ now_ms, freshness: null }));
    sendStatus();
    this.timer = setInterval(sendStatus, 1000);
  }

  override close(): Promise<void> {
    clearInterval(this.timer);
    return super.close();
  }
}

/** Windows shifted in time so that the last has just ended, however long their creation took. */
function endingNow(windows: readonly WindowMessage[]): WindowMessage[] {
  const last = windows.at(-1);
  if (last === undefined) return [];
  const windowMs = last.window.end_ms - last.window.start_ms;
  const later = Math.floor(Date.now() / windowMs) - 1 - last.msg_ID;
  return windows.map((message) => ({
    ...message,
    msg_ID: message.msg_ID + later,
    window: {
      ...message.window,
      start_ms: message.window.start_ms + later * windowMs,
      end_ms: message.window.end_ms + later * windowMs,
    },
  }));
}

interface Running {
  bridge: Bridge;
  source: MemorySource;
}

/** A bridge that is closed after the test. */
export async function startBridge(options: Partial<BridgeOptions> = {}): Promise<Running> {
  const source = new MemorySource();
  const bridge = await createBridge({ source, pageFolder: makePage(), ...options });
  onTestFinished(() => bridge.close());
  return { bridge, source };
}

/** Connects a viewer that is closed after the test. */
export function connect(bridge: Bridge, options: Partial<ManagerOptions & SocketOptions> = {}): Viewer {
  const viewer: Viewer = io(bridge.url, { transports: ["websocket"], forceNew: true, ...options });
  onTestFinished(() => void viewer.disconnect());
  return viewer;
}

/** The next event with this name. */
export function next<Name extends keyof ServerToClientEvents>(
  viewer: Viewer,
  name: Name,
): Promise<Parameters<ServerToClientEvents[Name]>[0]> {
  return new Promise((resolve) => untyped(viewer).once(name, resolve as never));
}

export async function connected(bridge: Bridge): Promise<{ viewer: Viewer; snapshot: Snapshot }> {
  const viewer = connect(bridge);
  return { viewer, snapshot: await next(viewer, "snapshot") };
}

/** Sends arguments of any type, and waits for the answer. */
export function send(viewer: Viewer, name: string, ...args: unknown[]): Promise<unknown> {
  return untyped(viewer)
    .timeout(2_000)
    .emitWithAck(name, ...args);
}

function untyped(viewer: object): Socket {
  return viewer as Socket;
}

export function makeStatus(change: Partial<SystemStatus> = {}): SystemStatus {
  const now = Date.now();
  return {
    now_ms: now,
    started_ms: now - 60_000,
    version: "0.1.0",
    stream: "test",
    runner: "embedded",
    source: "simulator, 1000 rows/s",
    demo: true,
    window_ms: 5_000,
    allowed_lateness_ms: 60_000,
    hops: [
      { hop: "readout", last_ms: now, rate_hz: 1000, unit: "rows" },
      { hop: "data_raw", last_ms: now, rate_hz: 10, unit: "messages" },
      { hop: "pipeline", last_ms: now, rate_hz: 1000, unit: "rows" },
      { hop: "data_clean", last_ms: now, rate_hz: 0.2, unit: "windows" },
    ],
    late: { messages: 0, rows: 0 },
    backlog_bytes: 0,
    open_windows: 1,
    latency_ms: 120,
    faults: noFaults,
    problem: null,
    ...change,
  };
}

export function makeFinding(change: Partial<Finding> = {}): Finding {
  return {
    key: "dead-layer chamber 1 layer 3",
    rule: "dead-layer",
    scope: { kind: "layer", chamber: 1, layer: 3 },
    state: "bad",
    reason: "layer 3 of chamber 1 is dead",
    since_ms: 0,
    window_id: 7,
    numbers: { expected_hits: 40 },
    what_to_do: "Check its high voltage.",
    cause: null,
    ...change,
  };
}

export function makeAlarm(change: Partial<Alarm> = {}): Alarm {
  return {
    id: "1",
    finding: makeFinding(),
    raised_ms: 0,
    cleared_ms: null,
    acknowledged: null,
    demo: true,
    ...change,
  };
}

/** Everything is good, except for the changes. */
export function makeQuality(change: Partial<Quality> = {}): Quality {
  const good: Verdict = { state: "good", reason: "all is well", since_ms: 0, finding: null };
  return {
    rules: { hash: "0123456789abcdef", source: "built in" },
    reference: null,
    compared_with: "physics only",
    judged_ms: 0,
    window_id: 7,
    whole: good,
    chambers: [good, good, good, good],
    scintillator: good,
    data: good,
    findings: [],
    ...change,
  };
}

/** A folder with an index file as written by the page's build. */
export function makePage(): string {
  const folder = mkdtempSync(join(tmpdir(), "muonitor-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "assets"));
  writeFileSync(
    join(folder, "index.html"),
    '<script nonce="__MUONITOR_NONCE__" src="./assets/a.js"></script>',
  );
  writeFileSync(join(folder, "assets/a.js"), "export {};");
  return folder;
}
