/** The line to the bridge: windows, status and answers. Reconnects by itself and then asks only for what it missed. */
import { io, type Socket } from "socket.io-client";
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import {
  socketProtocol,
  type Answer,
  type ClientToServerEvents,
  type Faults,
  type HandshakeAuth,
  type ServerToClientEvents,
  type Snapshot,
  type SystemStatus,
  type WindowMessage,
  type WindowUpdate,
} from "../../../pipeline/model/index.js";
import type { Line } from "../live/connection.js";
import { applySnapshot, applyUpdate, emptyState, type LiveState } from "../live/state.js";
import { reloadOnce } from "./reload.js";

export type PageSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

export interface LiveWindows {
  state: Readonly<ShallowRef<LiveState>>;
  status: Readonly<ShallowRef<SystemStatus | null>>;
  line: Readonly<ShallowRef<Line>>;
  /** Server clock minus browser clock, ms. */
  clockOffsetMs: Readonly<ShallowRef<number>>;
  /** Browser clock of the last new or corrected window; null before the first. */
  refreshedMs: Readonly<ShallowRef<number | null>>;
  fetchWindow: (id: number) => Promise<WindowMessage | null>;
  /** Resolves to one line on what went wrong, or null. */
  switchFaults: (change: Partial<Faults>) => Promise<string | null>;
  /** The same for the simulator's rate, rows/s. */
  setRate: (rateHz: number) => Promise<string | null>;
}

const answerTimeoutMs = 5_000;

export function useLiveWindows(connect: (auth: () => HandshakeAuth) => PageSocket = openSocket): LiveWindows {
  const state = shallowRef<LiveState>(emptyState);
  const status = shallowRef<SystemStatus | null>(null);
  const line = shallowRef<Line>({ connected: false, heardMs: null, openedMs: Date.now() });
  const clockOffsetMs = shallowRef(0);
  const refreshedMs = shallowRef<number | null>(null);
  let place: { epoch?: string; cursor?: number } = {};

  const socket = connect(() => ({ protocol: socketProtocol, ...place }));
  const heard = (): void => void (line.value = { ...line.value, connected: true, heardMs: Date.now() });

  function onStatus(next: SystemStatus): void {
    heard();
    status.value = next;
    clockOffsetMs.value = next.now_ms - Date.now();
  }

  function onSnapshot(snapshot: Snapshot): void {
    if (snapshot.protocol !== socketProtocol) return reloadOnce();
    heard();
    place = { epoch: snapshot.epoch, cursor: snapshot.cursor };
    state.value = applySnapshot(state.value, snapshot);
    if (snapshot.trend.length > 0) refreshedMs.value = Date.now();
    if (snapshot.status !== null) onStatus(snapshot.status);
  }

  function onWindow(update: WindowUpdate): void {
    heard();
    place = { ...place, cursor: update.cursor };
    state.value = applyUpdate(state.value, update);
    refreshedMs.value = Date.now();
  }

  socket.on("connect", () => (line.value = { ...line.value, connected: true }));
  socket.on("disconnect", () => (line.value = { ...line.value, connected: false }));
  socket.on("snapshot", onSnapshot);
  socket.on("window", onWindow);
  socket.on("status", onStatus);
  onScopeDispose(() => socket.disconnect());

  return {
    state,
    status,
    line,
    clockOffsetMs,
    refreshedMs,
    async fetchWindow(id) {
      const answer = await ask<WindowMessage[]>((answered) =>
        socket.timeout(answerTimeoutMs).emit("windows", [id], answered),
      );
      return answer.ok ? (answer.value[0] ?? null) : null;
    },
    async setRate(rateHz) {
      const answer = await ask<number>((answered) =>
        socket.timeout(answerTimeoutMs).emit("rate", rateHz, answered),
      );
      return answer.ok ? null : answer.error;
    },
    async switchFaults(change) {
      const answer = await ask<Faults>((answered) =>
        socket.timeout(answerTimeoutMs).emit("faults", change, answered),
      );
      return answer.ok ? null : answer.error;
    },
  };
}

type Answered<T> = (error: Error | null, answer: Answer<T>) => void;

function ask<T>(request: (answered: Answered<T>) => void): Promise<Answer<T>> {
  const silence = { ok: false, error: "the bridge did not answer" } as const;
  return new Promise((resolve) => request((error, answer) => resolve(error === null ? answer : silence)));
}

/** Connects to the bridge that served the page, under whatever path it did. */
function openSocket(auth: () => HandshakeAuth): PageSocket {
  return io({
    path: new URL("socket.io/", document.baseURI).pathname,
    transports: ["websocket", "polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
    auth: (send) => send(auth()),
  });
}
