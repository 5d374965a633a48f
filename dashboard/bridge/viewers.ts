/**
 * The connected pages. Each update is serialised once and sent to all immediately. Slow connections skip updates
 * until they are drained, and then receive the missed updates, so the queue of a viewer is bounded.
 */
import { randomUUID } from "node:crypto";
import type { Server, Socket } from "socket.io";
import { socketProtocol } from "../../pipeline/model/index.js";
import type {
  Alarm,
  ClientToServerEvents,
  Quality,
  ReferenceInfo,
  Remark,
  RunState,
  ServerToClientEvents,
  Snapshot,
  SystemStatus,
  WindowUpdate,
} from "../../pipeline/model/index.js";
import type { WindowHistory } from "./history.js";
import { checkHandshake } from "./requests.js";

export type BridgeServer = Server<ClientToServerEvents, ServerToClientEvents>;
export type BridgeSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

type Judged = Pick<Snapshot, "quality" | "alarms" | "references" | "run" | "remarks" | "detector">;

/** Room of the viewers that keep up. */
const upToDate = "up to date";
/** Maximum number of packets waiting for a viewer. */
const maxWaitingPackets = 8;
/** Viewers that connect within this time share a snapshot. */
const gatheringMs = 10;
/** Number of whole windows in a snapshot. */
const snapshotWindows = 24;

export class Viewers {
  /** Identifies the start of the bridge: cursors of another epoch are invalid. */
  readonly epoch = randomUUID();
  status: SystemStatus | null = null;
  /** Viewers that skip updates, with the cursor of the last update that they received. */
  private readonly behind = new Map<BridgeSocket, number>();
  /** Viewers waiting for a snapshot; those that connect together share one, which is serialised once. */
  private readonly fresh = new Set<BridgeSocket>();

  /** @param judged returns the monitor's state for a snapshot */
  constructor(
    private readonly server: BridgeServer,
    private readonly history: WindowHistory,
    private readonly judged: () => Judged,
  ) {}

  get counts(): { clients: number; behind: number } {
    return { clients: this.server.sockets.sockets.size, behind: this.behind.size };
  }

  welcome(socket: BridgeSocket): void {
    const place = checkHandshake(socket.handshake.auth);
    const known = place !== null && place.protocol === socketProtocol && place.epoch === this.epoch;
    this.catchUp(socket, known ? place.cursor : null);
    socket.conn.on("drain", () => this.drained(socket));
    socket.once("disconnect", () => {
      this.behind.delete(socket);
      this.fresh.delete(socket);
    });
  }

  /** Slow viewers skip updates from here on. Must be called before a window or a status is handled, never in between. */
  pauseSlowViewers(): void {
    for (const id of this.server.sockets.adapter.rooms.get(upToDate) ?? []) {
      const socket = this.server.sockets.sockets.get(id);
      if (socket === undefined || !isSlow(socket)) continue;
      void socket.leave(upToDate);
      this.behind.set(socket, this.history.cursor);
    }
  }

  sendWindow(update: WindowUpdate): void {
    this.server.to(upToDate).emit("window", update);
  }

  /** Changes of the monitor. Viewers that skip updates receive them when they catch up. */
  sendQuality(quality: Quality): void {
    this.server.to(upToDate).emit("quality", quality);
  }

  sendAlarm(alarm: Alarm): void {
    this.server.to(upToDate).emit("alarm", alarm);
  }

  sendReferences(references: ReferenceInfo[]): void {
    this.server.to(upToDate).emit("references", references);
  }

  sendRun(state: RunState): void {
    this.server.to(upToDate).emit("run", state);
  }

  sendRemark(remark: Remark): void {
    this.server.to(upToDate).emit("remark", remark);
  }

  /** Viewers that are not ready miss this status; the next one follows in a second. */
  sendStatus(status: SystemStatus): void {
    this.status = status;
    this.server.to(upToDate).volatile.emit("status", status);
  }

  private drained(socket: BridgeSocket): void {
    const cursor = this.behind.get(socket);
    if (cursor === undefined || waitingPackets(socket) > 0) return;
    this.behind.delete(socket);
    this.catchUp(socket, cursor);
  }

  /** Sends the missed updates after `cursor`, or a snapshot with everything that a page needs. */
  private catchUp(socket: BridgeSocket, cursor: number | null): void {
    const missed = cursor === null ? null : this.history.since(cursor);
    if (missed === null || missed.length > snapshotWindows) return this.queueSnapshot(socket);
    for (const update of missed) socket.emit("window", update);
    this.sendJudged(socket);
    if (this.status !== null) socket.emit("status", this.status);
    void socket.join(upToDate);
  }

  private queueSnapshot(socket: BridgeSocket): void {
    if (this.fresh.size === 0) setTimeout(() => this.sendSnapshots(), gatheringMs);
    this.fresh.add(socket);
  }

  private sendSnapshots(): void {
    const sockets = [...this.fresh];
    this.fresh.clear();
    if (sockets.length === 0) return;
    this.server.to(sockets.map(({ id }) => id)).emit("snapshot", this.snapshot());
    for (const socket of sockets) {
      if (this.status !== null) socket.emit("status", this.status);
      void socket.join(upToDate);
    }
  }

  /** Sends all alarms again, because few change while a viewer is away. */
  private sendJudged(socket: BridgeSocket): void {
    const { quality, alarms, references, run, remarks } = this.judged();
    if (quality !== null) socket.emit("quality", quality);
    for (const alarm of alarms.toReversed()) socket.emit("alarm", alarm);
    socket.emit("references", references);
    socket.emit("run", run);
    for (const remark of remarks.toReversed()) socket.emit("remark", remark);
  }

  private snapshot(): Snapshot {
    return {
      protocol: socketProtocol,
      epoch: this.epoch,
      cursor: this.history.cursor,
      status: this.status,
      totals: this.history.totals,
      trend: this.history.trend(),
      windows: this.history.newest(snapshotWindows),
      ...this.judged(),
    };
  }
}

export function isSlow(socket: BridgeSocket): boolean {
  return waitingPackets(socket) >= maxWaitingPackets;
}

/** Number of packets not yet written to the connection. Engine.io counts them, but its types do not contain it. */
function waitingPackets(socket: BridgeSocket): number {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: readonly unknown[] };
  return writeBuffer.length;
}
