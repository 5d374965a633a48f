/** The hits of a group in one chamber, and the combinations of hits in three or four layers whose cells touch. */
import { layersPerChamber, maxGroupCombinations, maxGroupHits, wirePositionMm } from "../../model/index.js";
import { layerIndexOfCell, wireNumberOfCell } from "./chamber-hits.js";

/** Position of each cell's wire, shape (64). */
const wireMm = Float64Array.from(layerIndexOfCell, (_, cell) => wirePositionMm(cell).x);
/** The same in half cells: neighbouring layers touch at a distance of 1, layers k apart at up to 2 k. */
const halfCells = Int8Array.from(layerIndexOfCell, (_, cell) => Math.round(wirePositionMm(cell).x / 21));

/** Marks a layer without a hit in a combination. */
const noHit = 255;

export class HitGroup {
  /** Number of hits of the group; the columns contain only the first {@link maxGroupHits}. */
  length = 0;
  /** Numbers of the hits in the chamber's columns; like the other columns, with shape (24). */
  readonly numbers = new Uint32Array(maxGroupHits);
  /** Times since the start of the orbit; after {@link arrange}, since the first hit. */
  readonly timesNs = new Float64Array(maxGroupHits);
  /** Positions of the wires. */
  readonly xMm = new Float64Array(maxGroupHits);
  /** Time of the first hit since the start of the orbit. */
  firstNs = 0;
  private readonly half = new Int8Array(maxGroupHits);
  private readonly wires = new Uint8Array(maxGroupHits);
  /** Hits of each layer in order, shape (4 x 24), and their count. */
  private readonly byLayer = new Uint8Array(layersPerChamber * maxGroupHits);
  private readonly inLayer = new Uint8Array(layersPerChamber);

  /** Combinations: hits by layer, shape (256 x 4), and bit masks of the hits. */
  readonly quads = new Uint8Array(maxGroupCombinations * layersPerChamber);
  readonly quadBits = new Uint32Array(maxGroupCombinations);
  quadCount = 0;
  readonly triples = new Uint8Array(maxGroupCombinations * layersPerChamber);
  readonly tripleBits = new Uint32Array(maxGroupCombinations);
  tripleCount = 0;

  push(number: number, timeNs: number): void {
    if (this.length < maxGroupHits) {
      this.numbers[this.length] = number;
      this.timesNs[this.length] = timeNs;
    }
    this.length += 1;
  }

  wireOf(hit: number): number {
    return this.wires[hit] as number;
  }

  missingLayer(triple: number): number {
    let layer = 0;
    while (this.triples[triple * layersPerChamber + layer] !== noHit) layer += 1;
    return layer;
  }

  /**
   * Sorts the hits by layer.
   * @returns whether at least three layers have hits
   */
  arrange(cells: Uint8Array): boolean {
    const { inLayer, byLayer, timesNs, numbers, length } = this;
    inLayer[0] = inLayer[1] = inLayer[2] = inLayer[3] = 0;
    const firstNs = timesNs[0] as number;
    this.firstNs = firstNs;
    let layers = 0;
    for (let i = 0; i < length; i += 1) {
      const cell = cells[numbers[i] as number] as number;
      const layer = layerIndexOfCell[cell] as number;
      timesNs[i] = (timesNs[i] as number) - firstNs;
      this.xMm[i] = wireMm[cell] as number;
      this.half[i] = halfCells[cell] as number;
      this.wires[i] = wireNumberOfCell[cell] as number;
      const n = inLayer[layer] as number;
      if (n === 0) layers += 1;
      byLayer[layer * maxGroupHits + n] = i;
      inLayer[layer] = n + 1;
    }
    return layers >= layersPerChamber - 1;
  }

  private touches(a: number, b: number, layers: number): boolean {
    const apart = (this.half[a] as number) - (this.half[b] as number);
    return apart <= 2 * layers && apart >= -2 * layers;
  }

  /**
   * Whether the group has exactly one hit in each layer, in cells that touch. Then only the combination of all four layers
   * is listed, although {@link combine} would also find four combinations of three layers.
   */
  isClean(): boolean {
    if (this.length !== layersPerChamber) return false;
    const { byLayer, inLayer } = this;
    for (let layer = 0; layer < layersPerChamber; layer += 1) if (inLayer[layer] !== 1) return false;
    const i = byLayer[0] as number;
    const j = byLayer[maxGroupHits] as number;
    const k = byLayer[2 * maxGroupHits] as number;
    const l = byLayer[3 * maxGroupHits] as number;
    if (!this.touches(i, j, 1) || !this.touches(j, k, 1) || !this.touches(k, l, 1)) return false;
    this.quadCount = this.tripleCount = 0;
    return this.addQuad(i, j, k, l);
  }

  /** Lists all combinations of three or four layers whose cells touch; false if there are too many. */
  combine(): boolean {
    this.quadCount = this.tripleCount = 0;
    const { byLayer, inLayer } = this;
    const n1 = inLayer[0] as number;
    const n2 = inLayer[1] as number;
    const n3 = inLayer[2] as number;
    const n4 = inLayer[3] as number;
    for (let a = 0; a < n1; a += 1) {
      const i = byLayer[a] as number;
      for (let b = 0; b < n2; b += 1) {
        const j = byLayer[maxGroupHits + b] as number;
        if (!this.touches(i, j, 1)) continue;
        for (let c = 0; c < n3; c += 1) {
          const k = byLayer[2 * maxGroupHits + c] as number;
          if (!this.touches(j, k, 1)) continue;
          if (!this.addTriple(i, j, k, noHit)) return false;
          for (let d = 0; d < n4; d += 1) {
            const l = byLayer[3 * maxGroupHits + d] as number;
            if (this.touches(k, l, 1) && !this.addQuad(i, j, k, l)) return false;
          }
        }
        for (let d = 0; d < n4; d += 1) {
          const l = byLayer[3 * maxGroupHits + d] as number;
          if (this.touches(j, l, 2) && !this.addTriple(i, j, noHit, l)) return false;
        }
      }
      for (let c = 0; c < n3; c += 1) {
        const k = byLayer[2 * maxGroupHits + c] as number;
        if (!this.touches(i, k, 2)) continue;
        for (let d = 0; d < n4; d += 1) {
          const l = byLayer[3 * maxGroupHits + d] as number;
          if (this.touches(k, l, 1) && !this.addTriple(i, noHit, k, l)) return false;
        }
      }
    }
    for (let b = 0; b < n2; b += 1) {
      const j = byLayer[maxGroupHits + b] as number;
      for (let c = 0; c < n3; c += 1) {
        const k = byLayer[2 * maxGroupHits + c] as number;
        if (!this.touches(j, k, 1)) continue;
        for (let d = 0; d < n4; d += 1) {
          const l = byLayer[3 * maxGroupHits + d] as number;
          if (this.touches(k, l, 1) && !this.addTriple(noHit, j, k, l)) return false;
        }
      }
    }
    return true;
  }

  private addQuad(i: number, j: number, k: number, l: number): boolean {
    const n = this.quadCount;
    if (n + this.tripleCount === maxGroupCombinations) return false;
    setFour(this.quads, n, i, j, k, l);
    this.quadBits[n] = (1 << i) | (1 << j) | (1 << k) | (1 << l);
    this.quadCount = n + 1;
    return true;
  }

  private addTriple(i: number, j: number, k: number, l: number): boolean {
    const n = this.tripleCount;
    if (n + this.quadCount === maxGroupCombinations) return false;
    setFour(this.triples, n, i, j, k, l);
    let bits = 0;
    for (let at = n * 4; at < n * 4 + 4; at += 1)
      if (this.triples[at] !== noHit) bits |= 1 << (this.triples[at] as number);
    this.tripleBits[n] = bits;
    this.tripleCount = n + 1;
    return true;
  }
}

function setFour(columns: Uint8Array, at: number, i: number, j: number, k: number, l: number): void {
  columns[at * 4] = i;
  columns[at * 4 + 1] = j;
  columns[at * 4 + 2] = k;
  columns[at * 4 + 3] = l;
}
