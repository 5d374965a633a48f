/** The hits of one chamber in one orbit, sorted by time. */
import {
  bunchCrossingsPerOrbit,
  cellsPerChamber,
  cellsPerLayer,
  layerOfCell,
  maxSegmentTdc,
  wireOfCell,
} from "../../model/index.js";

/** Sort key of hits at the same time, by cell: layer, then wire. */
const rankOfCell = Uint8Array.from(
  { length: cellsPerChamber },
  (_, cell) => (layerOfCell(cell) - 1) * cellsPerLayer + wireOfCell(cell),
);
export const layerIndexOfCell = rankOfCell.map((rank) => Math.floor(rank / cellsPerLayer));
export const wireNumberOfCell = rankOfCell.map((rank) => rank % cellsPerLayer);

/** Use of a hit by the segment finder. */
export const unused = 0;
export const used = 1;
export const ofShower = 2;
/** Excluded from segments: its BX or TDC is out of range. */
export const irregular = 3;

const initialCapacity = 64;
/** Columns for more hits than this are released after the orbit. */
const keptCapacity = 1 << 16;
/** Up to this number, hits are sorted by insertion; more hits by an index. */
const insertionSortHits = 48;

export class ChamberHits {
  length = 0;
  /** Ascending after {@link sort}. */
  timesNs = new Float64Array(initialCapacity);
  /** Numbers of the hits by ascending time, after {@link sort}; the other columns are indexed by number. */
  order = new Uint32Array(initialCapacity);
  tdc = new Float64Array(initialCapacity);
  bx = new Uint32Array(initialCapacity);
  cells = new Uint8Array(initialCapacity);
  /** {@link unused}, {@link used}, {@link ofShower} or {@link irregular}. */
  fates = new Uint8Array(initialCapacity);

  /** @param bxPerOrbit hits with a larger BX are excluded from segments */
  constructor(private readonly bxPerOrbit = bunchCrossingsPerOrbit) {}

  push(cell: number, bx: number, tdc: number, timeNs: number): void {
    const at = this.length;
    if (at === this.cells.length) this.resize(at * 2);
    this.timesNs[at] = timeNs;
    this.order[at] = at;
    this.tdc[at] = tdc;
    this.bx[at] = bx;
    this.cells[at] = cell;
    this.fates[at] = bx < this.bxPerOrbit && tdc >= 0 && tdc <= maxSegmentTdc ? unused : irregular;
    this.length = at + 1;
  }

  clear(): void {
    this.length = 0;
    if (this.cells.length > keptCapacity) this.resize(initialCapacity);
  }

  private resize(capacity: number): void {
    const resized = <T extends Float64Array | Uint32Array | Uint8Array>(values: T, other: T): T => {
      other.set(values.subarray(0, Math.min(this.length, capacity)));
      return other;
    };
    this.timesNs = resized(this.timesNs, new Float64Array(capacity));
    this.order = resized(this.order, new Uint32Array(capacity));
    this.tdc = resized(this.tdc, new Float64Array(capacity));
    this.bx = resized(this.bx, new Uint32Array(capacity));
    this.cells = resized(this.cells, new Uint8Array(capacity));
    this.fates = resized(this.fates, new Uint8Array(capacity));
  }

  /** Sorts by time, then layer, then wire. */
  sort(): void {
    if (this.length <= insertionSortHits) this.sortByInsertion();
    else this.sortByComparison();
  }

  private sortByInsertion(): void {
    const { timesNs, order, cells, length } = this;
    for (let i = 1; i < length; i += 1) {
      const time = timesNs[i] as number;
      let to = i;
      for (; to > 0; to -= 1) {
        const before = timesNs[to - 1] as number;
        if (before < time) break;
        const hit = order[to - 1] as number;
        if (before === time && rankOf(cells[hit] as number) <= rankOf(cells[i] as number)) break;
        timesNs[to] = before;
        order[to] = hit;
      }
      if (to === i) continue;
      timesNs[to] = time;
      order[to] = i;
    }
  }

  private sortByComparison(): void {
    const { cells } = this;
    const times = this.timesNs.slice(0, this.length);
    const order = this.order.subarray(0, this.length);
    order.sort((a, b) => {
      const apart = (times[a] as number) - (times[b] as number);
      return apart !== 0 ? apart : rankOf(cells[a] as number) - rankOf(cells[b] as number);
    });
    order.forEach((hit, at) => (this.timesNs[at] = times[hit] as number));
  }
}

const rankOf = (cell: number): number => rankOfCell[cell] as number;
