/** Sends the system's status once a second, with the bridge as an additional hop of the data path. */
import {
  decayedRate,
  defaultFreshness,
  hopAgeLimits,
  type Faults,
  type HopStatus,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import type { Viewers } from "./viewers.js";

const intervalMs = 1000;

export class StatusClock {
  private newest: SystemStatus | null = null;
  private readonly timer: NodeJS.Timeout;

  /**
   * @param complete adds the bridge's own part to the status of its source
   * @param onSend sees every status before it is sent
   */
  constructor(
    private readonly viewers: Viewers,
    private readonly complete: (status: SystemStatus) => SystemStatus,
    private readonly onSend: (status: SystemStatus) => void,
  ) {
    this.timer = setInterval(() => this.send(), intervalMs);
  }

  /** The first status is sent immediately. */
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
    const status = this.complete(this.newest);
    this.onSend(status);
    this.viewers.sendStatus(status);
  }
}

/** Sets the time of sending, so that ages grow and rates fall to 0 when the source is silent. */
export function withBridge(status: SystemStatus, clients: number, nowMs: number): SystemStatus {
  const bridge: HopStatus = { hop: "bridge", last_ms: nowMs, rate_hz: clients, unit: "clients" };
  const others = status.hops.filter(({ hop }) => hop !== "bridge");
  return { ...status, now_ms: nowMs, hops: [...others.map((hop) => decayed(hop, status, nowMs)), bridge] };
}

function decayed(hop: HopStatus, { window_ms, freshness }: SystemStatus, nowMs: number): HopStatus {
  if (hop.last_ms === null || hop.rate_hz === null) return hop;
  const limits = hopAgeLimits(hop, window_ms, freshness ?? defaultFreshness);
  return { ...hop, rate_hz: decayedRate(hop.rate_hz, nowMs - hop.last_ms, limits) };
}
