/** The bridge: windows and status from a source to every connected page. */
import type { Server as WebServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import type { Faults, RowSample } from "../../pipeline/model/index.js";
import { answerRequests } from "./answers.js";
import { createGuard, type Guard } from "./guard.js";
import { WindowHistory } from "./history.js";
import { Monitor } from "./monitor/monitor.js";
import type { Rules } from "./quality/index.js";
import type { Position, PracticeControl, WindowSink, WindowSource } from "./source.js";
import { StatusClock } from "./status-clock.js";
import { Store } from "./store/index.js";
import { StoreWatch } from "./store-watch.js";
import { Viewers, type BridgeServer, type Judged } from "./viewers.js";
import { createWebServer, listen, type Routes } from "./web-server.js";

export interface BridgeOptions {
  source: WindowSource;
  /** Switches of the simulator; absent when the source is not the simulator. */
  practice?: PracticeControl;
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Names, beside the loopback's, under which viewers may reach the bridge. */
  allowedHosts?: readonly string[];
  /** Folder of the built page. */
  pageFolder: string;
  /** Further HTTP handlers by "METHOD /path". */
  routes?: Routes;
  /** So many windows are held; default 720, an hour of 5 s windows. */
  historyWindows?: number;
  /** Where history, alarms, references and runs are kept; default: in memory. It is closed with the bridge. */
  store?: Store;
  /** Default: the built-in rules. */
  rules?: Rules;
  /** The last rows that were malformed, unmapped or late, newest first. */
  samples?: () => RowSample[];
  log?: (line: string) => void;
}

export interface Bridge {
  readonly address: string;
  readonly port: number;
  /** Where to point the browser. */
  readonly url: string;
  /** Connected viewers, and how many of them are too slow to keep up. */
  readonly viewers: { clients: number; behind: number };
  /** Ends the source, all connections and the port. */
  close(): Promise<void>;
}

export const defaultHost = "127.0.0.1";
export const defaultHistoryWindows = 720;
/** No viewer has more to say. */
const maxPacketBytes = 100_000;

/**
 * Listens, then starts the source.
 * @throws UnavailableError when the port is taken or the page is not built
 */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { host = defaultHost, port = 0, source } = options;
  const guard = createGuard(host, options.allowedHosts ?? []);
  const web = createWebServer({ ...options, guard });
  const server = createSocketServer(web, guard);
  const address = await listen(web, host, port);
  const store = options.store ?? new Store({ file: null });
  const { viewers, clock, monitor } = connect(server, options, store);
  const close = once(() => closeAll(clock, source, server, web).finally(() => store.close()));
  const positionsOf = (topic: string): Position[] => store.positionsOf(topic);
  await source.start(sinkOf(viewers, clock, monitor), positionsOf).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    address: address.address,
    port: address.port,
    url: urlOf(address),
    get viewers() {
      return viewers.counts;
    },
    close,
  };
}

function createSocketServer(web: WebServer, guard: Guard): BridgeServer {
  return new Server(web, {
    serveClient: false,
    maxHttpBufferSize: maxPacketBytes,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    allowRequest: (request, decide) => decide(null, guard(request.headers)),
  });
}

interface Parts {
  viewers: Viewers;
  clock: StatusClock;
  monitor: Monitor;
}

function connect(server: BridgeServer, options: BridgeOptions, store: Store): Parts {
  const { practice, samples = () => [] } = options;
  const history = new WindowHistory(options.historyWindows ?? defaultHistoryWindows, Date.now());
  const viewers = new Viewers(server, history, () => judgedBy(monitor));
  const monitor = new Monitor({
    store,
    history,
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    listener: {
      quality: (quality) => viewers.sendQuality(quality),
      alarm: (alarm) => viewers.sendAlarm(alarm),
      references: (references) => viewers.sendReferences(references),
      run: (state) => viewers.sendRun(state),
    },
  });
  const storeStatus = new StoreWatch(store);
  const clock = new StatusClock(viewers, (status) => {
    monitor.takeStatus(status);
    return { ...status, store: storeStatus.read(status.now_ms) };
  });
  const onFaults = (faults: Faults): void => clock.setFaults(faults);
  server.on("connection", (socket) => {
    answerRequests(socket, { history, store, monitor, practice, samples, onFaults });
    viewers.welcome(socket);
  });
  return { viewers, clock, monitor };
}

function judgedBy({ quality, alarms, references, runState }: Monitor): Judged {
  return { quality, alarms, references: references.list(), run: runState };
}

function sinkOf(viewers: Viewers, clock: StatusClock, monitor: Monitor): WindowSink {
  return {
    window: (message, position) => {
      viewers.leaveOutSlow();
      viewers.sendWindow(monitor.takeWindow(message, position));
    },
    status: (status) => clock.update(status),
  };
}

async function closeAll(
  clock: StatusClock,
  source: WindowSource,
  server: BridgeServer,
  web: WebServer,
): Promise<void> {
  clock.close();
  try {
    await source.close();
  } finally {
    const closed = server.close();
    web.closeAllConnections();
    await closed;
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}

/** An address that means "all of them" is reached through the loopback. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `http://localhost:${port}/`;
  return family === "IPv6" ? `http://[${address}]:${port}/` : `http://${address}:${port}/`;
}
