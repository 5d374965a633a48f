/** The status of the store, read at most every ten seconds. */
import type { StoreStatus } from "../../pipeline/model/index.js";
import type { Store } from "./store/index.js";

const everyMs = 10_000;

export class StoreWatch {
  private newest: StoreStatus | null = null;
  private readMs = -Infinity;

  constructor(private readonly store: Store) {}

  read(nowMs: number): StoreStatus {
    if (this.newest === null || nowMs - this.readMs > everyMs) {
      this.newest = this.store.status();
      this.readMs = nowMs;
    }
    return this.newest;
  }
}
