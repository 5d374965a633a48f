/** The bridge sends windows and status from a source to all connected pages, and to programs over HTTP. */
import type { Server as WebServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import {
  tokenRefused,
  type DetectorConfig,
  type RowSample,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import { createTokenCheck, type TokenCheck } from "./api/access.js";
import { apiArea } from "./api/handler.js";
import { createGuard, type Guard } from "./guard.js";
import { healthRoutes } from "./health.js";
import { ReferenceFolder } from "./monitor/reference-folder.js";
import { BridgeParts } from "./parts.js";
import type { Rules } from "./quality/index.js";
import type { Routes } from "./router.js";
import type { PracticeControl, WindowSource } from "./source.js";
import { Store } from "./store/index.js";
import type { BridgeServer } from "./viewers.js";
import { createWebServer, listen } from "./web-server.js";
import { Webhook, type WebhookMemory } from "./webhook.js";

export interface BridgeOptions {
  source: WindowSource;
  /** Controls of the simulator; absent if the source is not the simulator. */
  practice?: PracticeControl;
  /** Address to listen on; default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Host names under which viewers may reach the bridge, besides the loopback's. */
  allowedHosts?: readonly string[];
  /** Origins of other sites whose pages may use the bridge, such as `https://shifts.example`. */
  allowedOrigins?: readonly string[];
  /** Without it, anyone who can reach the bridge may read and change everything. */
  token?: string;
  /** Folder of the built page. */
  pageFolder: string;
  /** Further HTTP routes. */
  routes?: Routes;
  /** Number of windows held in memory; default 720, an hour of 5 s windows. */
  historyWindows?: number;
  /** Stores history, alarms, references and runs; default: in memory. Closed with the bridge. */
  store?: Store;
  /** Folder in which bounded runs store references; new files are imported. */
  referencesFolder?: string;
  /** Default: the built-in rules. */
  rules?: Rules;
  /** Set-up of the detector; default: the MiniDT telescope. */
  detector?: DetectorConfig;
  /** The last rows that are in no histogram (see sampleKinds), newest first; absent if rows are not inspected. */
  samples?: () => RowSample[];
  /** Public address of the page, such as `https://shifts.example/muonitor/`: for links in alarms and exports. */
  publicUrl?: string;
  /** Receives alarms. */
  webhookUrl?: string;
  /** Name of the telescope, for alarms that are posted. */
  stream?: string;
  version?: string;
  /** Maximum number of pages; default 500. */
  maxClients?: number;
  log?: (line: string) => void;
}

export interface Bridge {
  readonly address: string;
  readonly port: number;
  /** Address of the page. */
  readonly url: string;
  /** Number of connected viewers, and of those too slow to keep up. */
  readonly viewers: { clients: number; behind: number };
  /** A status of the source, completed as it is sent to viewers. */
  complete(status: SystemStatus): SystemStatus;
  /** Closes the source, all connections, the port and the store. */
  close(): Promise<void>;
}

const defaultHost = "127.0.0.1";
const defaultHistoryWindows = 720;
const defaultMaxClients = 500;
const webhookNote = "webhook";
/** Largest packet that a viewer may send. */
const maxPacketBytes = 100_000;
/** Larger packets are compressed, each separately: a compression context per viewer would cost memory. */
const compressFromBytes = 4096;

/**
 * Opens the port, then starts the source.
 * @throws UnavailableError if the port is in use or the page is not built
 */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const store = options.store ?? new Store({ file: null });
  try {
    return await openBridge(options, store);
  } catch (error) {
    store.close();
    throw error;
  }
}

async function openBridge(options: BridgeOptions, store: Store): Promise<Bridge> {
  const { host = defaultHost, port = 0, source, routes = [] } = options;
  const guard = createGuard(
    host,
    [...(options.allowedHosts ?? []), ...publicHost(options)],
    [...(options.allowedOrigins ?? [])],
  );
  const hasToken = createTokenCheck(options.token);
  const server = createSocketServer(guard, hasToken, options);
  let url = "";
  const webhook = createWebhook(options, () => options.publicUrl ?? url, store);
  const parts = createParts(server, store, webhook, options);
  let started = false;
  const notReady = (): string[] => [
    ...(started ? [] : ["the source has not started"]),
    ...(parts.viewers.status === null ? ["no status yet"] : []),
    ...(parts.viewers.status?.problem == null ? [] : [parts.viewers.status.problem]),
  ];
  const health = healthRoutes({ metrics: parts.metrics, hasToken, notReady });
  const areas = [apiArea(hasToken)];
  const web = createWebServer({ ...options, guard, routes: [...routes, ...health, ...parts.routes], areas });
  server.attach(web);
  const address = await listen(web, host, port).catch(async (error: unknown) => {
    parts.clock.close();
    await server.close();
    throw error;
  });
  url = urlOf(address);
  parts.resumeWebhook();
  const folder = watchReferences(parts, options);
  const close = once(() => {
    folder?.close();
    return closeAll({ parts, source, server, web, store, webhook });
  });
  await source
    .start(parts.sink, (topic) => store.positionsOf(topic))
    .catch(async (error: unknown) => {
      await close();
      throw error;
    });
  started = true;
  return {
    address: address.address,
    port: address.port,
    url,
    get viewers() {
      return parts.viewers.counts;
    },
    complete: (status) => parts.complete(status),
    close,
  };
}

/** The bridge must accept requests to any address that it shows. */
function publicHost({ publicUrl }: BridgeOptions): string[] {
  return publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
}

function watchReferences({ monitor }: BridgeParts, options: BridgeOptions): ReferenceFolder | null {
  const { referencesFolder, log = (): void => undefined } = options;
  return referencesFolder === undefined
    ? null
    : new ReferenceFolder(referencesFolder, monitor.references, log);
}

function createSocketServer(guard: Guard, hasToken: TokenCheck, options: BridgeOptions): BridgeServer {
  const { maxClients = defaultMaxClients, allowedOrigins = [] } = options;
  const server: BridgeServer = new Server({
    serveClient: false,
    maxHttpBufferSize: maxPacketBytes,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    connectTimeout: 10_000,
    perMessageDeflate: {
      threshold: compressFromBytes,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      zlibDeflateOptions: { level: 3 },
      concurrencyLimit: 4,
    },
    ...(allowedOrigins.length === 0 ? {} : { cors: { origin: [...allowedOrigins] } }),
    allowRequest: (request, decide) => {
      const known = new URL(request.url ?? "/", "http://bridge").searchParams.has("sid");
      decide(null, guard(request.headers) && (known || server.engine.clientsCount < maxClients));
    },
  });
  server.use((socket, next) => {
    const { token } = socket.handshake.auth as { token?: unknown };
    next(hasToken(token) ? undefined : new Error(tokenRefused));
  });
  return server;
}

function createWebhook(
  { webhookUrl, stream = "telescope", log }: BridgeOptions,
  pageUrl: () => string,
  { records }: Store,
): Webhook | null {
  if (webhookUrl === undefined) return null;
  const memory: WebhookMemory = {
    read: () => records.note(webhookNote) as ReturnType<WebhookMemory["read"]>,
    write: (delivered) => records.putNote(webhookNote, delivered),
  };
  return new Webhook({ url: webhookUrl, stream, pageUrl, log: log ?? (() => undefined), memory });
}

function createParts(
  server: BridgeServer,
  store: Store,
  webhook: Webhook | null,
  options: BridgeOptions,
): BridgeParts {
  const { practice, samples, rules, detector, token, publicUrl } = options;
  return new BridgeParts(server, {
    store,
    publicUrl,
    needsToken: token !== undefined,
    historyWindows: options.historyWindows ?? defaultHistoryWindows,
    version: options.version ?? "",
    practice,
    samples,
    rules,
    detector,
    webhook,
    log: options.log ?? (() => undefined),
  });
}

interface Closing {
  parts: BridgeParts;
  source: WindowSource;
  server: BridgeServer;
  web: WebServer;
  store: Store;
  webhook: Webhook | null;
}

async function closeAll({ parts, source, server, web, store, webhook }: Closing): Promise<void> {
  parts.clock.close();
  try {
    await source.close();
  } finally {
    const closed = server.close();
    web.closeAllConnections();
    await closed;
    await webhook?.close();
    store.close();
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}

/** A wildcard address is reached through the loopback. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `http://localhost:${port}/`;
  return family === "IPv6" ? `http://[${address}]:${port}/` : `http://${address}:${port}/`;
}
