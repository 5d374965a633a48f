/**
 * The connection to the bridge: windows, status, quality and answers. Reconnects automatically and then requests
 * missed data.
 */
import { io, type Socket } from "socket.io-client";
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import {
  type Alarm,
  type ClientToServerEvents,
  type DetectorView,
  type HandshakeAuth,
  type Quality,
  type ReferenceInfo,
  type Remark,
  type RunState,
  type ServerToClientEvents,
  type Snapshot,
  socketProtocol,
  type SystemStatus,
  tokenRefused,
  type WindowUpdate,
} from "../../../pipeline/model/index.js";
import { takeAlarm } from "../live/alarms.js";
import { takeRemark } from "../live/remarks.js";
import type { Line } from "../live/connection.js";
import { elapsedMs, type Moment, presentMoment } from "../live/moment.js";
import { applySnapshot, applyUpdate, emptyState, type LiveState } from "../live/state.js";
import { type Ask, asker } from "./ask.js";
import { batchPerFrame } from "./batch.js";
import { recall, remember } from "./browser-memory.js";

export type PageSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** The server's clock, and this browser's clock at the same time. */
interface ServerClock {
  serverMs: number;
  at: Moment;
}

export interface LiveWindows {
  state: Readonly<ShallowRef<LiveState>>;
  status: Readonly<ShallowRef<SystemStatus | null>>;
  /** Findings and lights of the rules; null before the first judgement. */
  quality: Readonly<ShallowRef<Quality | null>>;
  /** Newest first. */
  alarms: Readonly<ShallowRef<readonly Alarm[]>>;
  references: Readonly<ShallowRef<readonly ReferenceInfo[]>>;
  run: Readonly<ShallowRef<RunState | null>>;
  /** The newest remarks, newest first. */
  remarks: Readonly<ShallowRef<readonly Remark[]>>;
  /** The bridge's set-up; null before it has arrived. */
  detector: Readonly<ShallowRef<DetectorView | null>>;
  line: Readonly<ShallowRef<Line>>;
  /** Null before the first message with the server's time. */
  serverClock: Readonly<ShallowRef<ServerClock | null>>;
  /** Server clock of the last new or corrected window, ms, independent of the browser's clock; null before the first. */
  refreshedMs: Readonly<ShallowRef<number | null>>;
  /** Sends a request; always returns an answer, which is an error if the bridge does not respond. */
  ask: Ask;
  /** Connects with this token and keeps it for further connections. */
  showToken: (token: string) => void;
  /** Opens a new connection; used after sleep, when the old one may be dead. */
  reconnect: () => void;
}

export function useLiveWindows(connect: (auth: () => HandshakeAuth) => PageSocket = openSocket): LiveWindows {
  const state = shallowRef<LiveState>(emptyState);
  const status = shallowRef<SystemStatus | null>(null);
  const quality = shallowRef<Quality | null>(null);
  const alarms = shallowRef<readonly Alarm[]>([]);
  const references = shallowRef<readonly ReferenceInfo[]>([]);
  const run = shallowRef<RunState | null>(null);
  const detector = shallowRef<DetectorView | null>(null);
  const remarks = shallowRef<readonly Remark[]>([]);
  const line = shallowRef<Line>({ connected: false, refused: null, heard: null, opened: presentMoment() });
  const serverClock = shallowRef<ServerClock | null>(null);
  const refreshedMs = shallowRef<number | null>(null);
  let place: { epoch?: string; cursor?: number } = {};

  const token = pageToken();
  const socket = connect(() => ({ protocol: socketProtocol, ...place, ...token.auth() }));
  const heard = (): void => void (line.value = { ...line.value, connected: true, heard: presentMoment() });

  function serverMs(): number {
    const clock = serverClock.value;
    return clock === null ? Date.now() : clock.serverMs + elapsedMs(clock.at, presentMoment());
  }

  function onStatus(next: SystemStatus): void {
    heard();
    status.value = next;
    serverClock.value = { serverMs: next.now_ms, at: presentMoment() };
  }

  function onSnapshot(snapshot: Snapshot): void {
    if (snapshot.protocol !== socketProtocol) return reloadOnce();
    heard();
    place = { epoch: snapshot.epoch, cursor: snapshot.cursor };
    state.value = applySnapshot(state.value, snapshot);
    [quality.value, alarms.value] = [snapshot.quality, snapshot.alarms];
    [references.value, run.value] = [snapshot.references, snapshot.run];
    detector.value = snapshot.detector ?? null;
    remarks.value = snapshot.remarks;
    if (snapshot.status !== null) onStatus(snapshot.status);
    if (snapshot.trend.length > 0) refreshedMs.value = serverMs();
  }

  function onWindow(update: WindowUpdate): void {
    heard();
    place = { ...place, cursor: update.cursor };
    state.value = applyUpdate(state.value, update);
    refreshedMs.value = serverMs();
  }

  /** The socket does not reconnect automatically after a refusal. */
  function onRefused({ message }: Error): void {
    const why = token.auth().token === undefined ? "no token" : "wrong token";
    line.value = { ...line.value, connected: false, refused: message === tokenRefused ? why : null };
  }

  const { add, stop } = batchPerFrame();
  socket.on("connect", () => add(() => (line.value = { ...line.value, connected: true, refused: null })));
  socket.on("connect_error", (error) => add(() => onRefused(error)));
  socket.on("disconnect", () => add(() => (line.value = { ...line.value, connected: false })));
  socket.on("snapshot", (snapshot) => add(() => onSnapshot(snapshot)));
  socket.on("window", (update) => add(() => onWindow(update)));
  socket.on("status", (next) => add(() => onStatus(next)));
  socket.on("quality", (next) => add(() => (quality.value = next)));
  socket.on("alarm", (alarm) => add(() => (alarms.value = takeAlarm(alarms.value, alarm))));
  socket.on("references", (next) => add(() => (references.value = next)));
  socket.on("run", (next) => add(() => (run.value = next)));
  socket.on("remark", (remark) => add(() => (remarks.value = takeRemark(remarks.value, remark))));
  onScopeDispose(() => {
    stop();
    socket.disconnect();
  });

  function reconnect(): void {
    socket.disconnect();
    socket.connect();
  }

  function showToken(shown: string): void {
    token.set(shown);
    reconnect();
  }

  const received = { state, status, quality, alarms, references, run, remarks, detector };
  const known = { ...received, line, serverClock, refreshedMs };
  return { ...known, ask: asker(socket), showToken, reconnect };
}

/** Connects to the bridge that served the page, on the same path. */
function openSocket(auth: () => HandshakeAuth): PageSocket {
  return io({
    path: new URL("socket.io/", document.baseURI).pathname,
    transports: ["websocket", "polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
    auth: (send) => send(auth()),
  });
}

const tokenKey = "muonitor.token";

interface PageToken {
  /** Data of the handshake; empty without a token. */
  auth: () => { token?: string };
  set: (token: string) => void;
}

function pageToken(): PageToken {
  let token = recall(tokenKey, "tab") ?? "";
  return {
    auth: () => (token === "" ? {} : { token }),
    set(next) {
      token = next;
      remember(tokenKey, next, "tab");
    },
  };
}

const reloadKey = "muonitor.reloaded";
const quietMs = 60_000;

function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(reloadKey) ?? 0);
  if (Date.now() - last < quietMs) return;
  sessionStorage.setItem(reloadKey, String(Date.now()));
  location.reload();
}
