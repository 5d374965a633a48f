/** Sends the system's status once a second, with the bridge as one more hop of the way. */
import type { Faults, HopStatus, SystemStatus } from "../../pipeline/model/index.js";
import type { Viewers } from "./viewers.js";

const intervalMs = 1000;

export class StatusClock {
  private newest: SystemStatus | null = null;
  private readonly timer: NodeJS.Timeout;

  /** @param onSend sees every status before it is sent; what it gives is sent */
  constructor(
    private readonly viewers: Viewers,
    private readonly onSend: (status: SystemStatus) => SystemStatus = (status) => status,
  ) {
    this.timer = setInterval(() => this.send(), intervalMs);
  }

  /** The first status goes out at once. */
  update(status: SystemStatus): void {
    const first = this.newest === null;
    this.newest = status;
    if (first) this.send();
  }

  /** Shows switched faults without waiting for the simulator's next status. */
  setFaults(faults: Faults): void {
    if (this.newest === null) return;
    this.newest = { ...this.newest, faults };
    this.send();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private send(): void {
    if (this.newest === null) return;
    this.viewers.sendStatus(this.onSend(withBridge(this.newest, this.viewers.counts.clients, Date.now())));
  }
}

/** The time is always that of sending: ages go on growing when the source has fallen silent. */
export function withBridge(status: SystemStatus, clients: number, nowMs: number): SystemStatus {
  const bridge: HopStatus = { hop: "bridge", last_ms: nowMs, rate_hz: clients, unit: "clients" };
  const others = status.hops.filter(({ hop }) => hop !== "bridge");
  return { ...status, now_ms: nowMs, hops: [...others, bridge] };
}
