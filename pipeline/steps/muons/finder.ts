/**
 * Finds the segments of a chamber in one orbit, see infra/decisions/0011-muon-segments.md for the definitions.
 * Nothing is allocated for a candidate: at most 256 combinations of cells with at most 14 choices of sides fit into fixed
 * columns.
 */
import {
  driftLimitsNs,
  groupGapNs,
  layersPerChamber,
  maxGroupCombinations,
  maxGroupHits,
  maxSegmentSlope,
  maxSegmentsPerGroup,
  wirePositionMm,
} from "../../model/index.js";
import {
  irregular,
  layerIndexOfCell,
  ofShower,
  used,
  wireNumberOfCell,
  type ChamberHits,
} from "./chamber-hits.js";
import { noCell, type SegmentList } from "./segment-list.js";
import { residualCoefficients, sideChoices, solutionAt, solutions } from "./systems.js";

/** Of every cell, shape (64). */
const wireMm = Float64Array.from(layerIndexOfCell, (_, cell) => wirePositionMm(cell).x);
/** In half cells: neighbouring layers touch at a distance of 1, layers k apart at up to 2 k. */
const halfCells = Int8Array.from(layerIndexOfCell, (_, cell) => Math.round(wirePositionMm(cell).x / 21));

/** Sums of squares closer than this are equal, mm². */
const equalSumsMm2 = 1e-6;
/** A solution is chosen by a timing signal when it is so near and the next one so much farther. */
const nearSignalNs = 30;
const nextSignalNs = 15;
const noHit = 255;
const allLayers = 4;
const fourHitMask = sideChoices - 1;

/** Signals of the source that gives t0 in one orbit. */
export interface OrbitSignals {
  /** Ascending, shape (capacity), filled to `count`. */
  timesNs: Float64Array;
  count: number;
}

/** Time from the nearest signal to `timeNs`, of two equally near ones from the earlier; NaN without a signal. */
export function afterNearestSignal({ timesNs, count }: OrbitSignals, timeNs: number): number {
  if (count === 0) return NaN;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesNs[middle] as number) < timeNs) low = middle + 1;
    else high = middle;
  }
  const later = low < count ? timeNs - (timesNs[low] as number) : -Infinity;
  const earlier = low > 0 ? timeNs - (timesNs[low - 1] as number) : Infinity;
  return earlier <= -later ? earlier : later;
}

export interface FinderSettings {
  driftVelocityUmPerNs: number;
  /** Largest root mean square of the residuals of a four-hit segment. */
  maxResidualMm: number;
}

export class SegmentFinder {
  private readonly velocity: number;
  private readonly maxRoot: number;

  /** Results of {@link find} besides the segments. */
  showers = 0;
  ambiguous = 0;
  /** Ambiguous ones whose solutions all miss this layer, shape (4). */
  readonly ambiguousMissing = new Uint32Array(layersPerChamber);
  hitsUsed = 0;
  /** Numbers of a segment's hits, -1 where the layer has none; shape (capacity x 4). */
  numbers = new Int32Array(64 * layersPerChamber);

  /** The present group, shape (24) each. */
  private groupHits = 0;
  private readonly hitNumbers = new Uint32Array(maxGroupHits);
  private groupStart = 0;
  private readonly timeNs = new Float64Array(maxGroupHits);
  private readonly xMm = new Float64Array(maxGroupHits);
  private readonly half = new Int8Array(maxGroupHits);
  /** Hits of a layer in order, shape (4 x 24), and their number. */
  private readonly byLayer = new Uint8Array(layersPerChamber * maxGroupHits);
  private readonly inLayer = new Uint8Array(layersPerChamber);
  private firstTimeNs = 0;

  /** Combinations: hits by layer, shape (256 x 4), and the bits of their hits. */
  private readonly quads = new Uint8Array(maxGroupCombinations * 4);
  private readonly quadBits = new Uint32Array(maxGroupCombinations);
  private quadCount = 0;
  private readonly triples = new Uint8Array(maxGroupCombinations * 4);
  private readonly tripleBits = new Uint32Array(maxGroupCombinations);
  private tripleCount = 0;

  /** Valid solutions: combination, sides, sum of squares or distance from a signal. */
  private readonly combinations = new Uint16Array(maxGroupCombinations * sideChoices);
  private readonly sides = new Uint8Array(maxGroupCombinations * sideChoices);
  private readonly sums = new Float64Array(maxGroupCombinations * sideChoices);
  private readonly taus = new Float64Array(maxGroupCombinations * sideChoices);
  private readonly slopes = new Float64Array(maxGroupCombinations * sideChoices);
  private solutionCount = 0;

  private hits!: ChamberHits;
  private signals!: OrbitSignals;
  private list!: SegmentList;
  private chamber = 0;
  private offsetNs = 0;
  private firstSegment = 0;

  constructor({ driftVelocityUmPerNs, maxResidualMm }: FinderSettings) {
    this.velocity = driftVelocityUmPerNs / 1000;
    // The sum of the squares of four residuals is the square of one number.
    this.maxRoot = 2 * maxResidualMm;
  }

  /**
   * Appends the segments of sorted hits to `list` and sets the fates of the hits.
   * @param offsetNs of the chamber, added to t0 to compare it with timing signals
   */
  find(hits: ChamberHits, chamber: number, offsetNs: number, signals: OrbitSignals, list: SegmentList): void {
    this.hits = hits;
    this.signals = signals;
    this.list = list;
    this.chamber = chamber;
    this.offsetNs = offsetNs;
    this.firstSegment = list.length;
    this.showers = this.ambiguous = this.hitsUsed = 0;
    this.ambiguousMissing.fill(0);
    const { timesNs, order, fates, length } = hits;
    this.groupHits = 0;
    let lastNs = 0;
    for (let at = 0; at < length; at += 1) {
      const hit = order[at] as number;
      if (fates[hit] === irregular) continue;
      const timeNs = timesNs[at] as number;
      if (this.groupHits > 0 && timeNs - lastNs > groupGapNs) this.closeGroup(at);
      if (this.groupHits === 0) this.groupStart = at;
      if (this.groupHits < maxGroupHits) {
        this.hitNumbers[this.groupHits] = hit;
        this.timeNs[this.groupHits] = timeNs;
      }
      this.groupHits += 1;
      lastNs = timeNs;
    }
    this.closeGroup(length);
  }

  /** @param end place after the group's last hit */
  private closeGroup(end: number): void {
    const hits = this.groupHits;
    this.groupHits = 0;
    if (hits > maxGroupHits) return this.countShower(end);
    if (hits < layersPerChamber - 1) return;
    this.arrange(hits);
    if (hits === layersPerChamber && this.isClean() && this.resolveClean()) return;
    if (!this.combine()) this.countShower(end);
    else if (this.quadCount + this.tripleCount > 0) this.resolve(hits);
  }

  private countShower(end: number): void {
    const { order, fates } = this.hits;
    this.showers += 1;
    for (let at = this.groupStart; at < end; at += 1) {
      const hit = order[at] as number;
      if (fates[hit] !== irregular) fates[hit] = ofShower;
    }
  }

  private arrange(count: number): void {
    const { cells } = this.hits;
    const { inLayer, byLayer, timeNs } = this;
    inLayer[0] = inLayer[1] = inLayer[2] = inLayer[3] = 0;
    this.firstTimeNs = timeNs[0] as number;
    for (let i = 0; i < count; i += 1) {
      const cell = cells[this.hitNumbers[i] as number] as number;
      const layer = layerIndexOfCell[cell] as number;
      timeNs[i] = (timeNs[i] as number) - this.firstTimeNs;
      this.xMm[i] = wireMm[cell] as number;
      this.half[i] = halfCells[cell] as number;
      const n = inLayer[layer] as number;
      byLayer[layer * maxGroupHits + n] = i;
      inLayer[layer] = n + 1;
    }
  }

  private touches(a: number, b: number, layers: number): boolean {
    const apart = (this.half[a] as number) - (this.half[b] as number);
    return apart <= 2 * layers && apart >= -2 * layers;
  }

  /** Whether the group is one hit in each layer, in cells that touch: then {@link combine} finds four and one choices. */
  private isClean(): boolean {
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

  /** Lists all choices of three and four layers whose cells touch; false when there are too many. */
  private combine(): boolean {
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

  /** Takes the four hits of a clean group; false when they are no segment. */
  private resolveClean(): boolean {
    this.solveQuads();
    const best = this.bestQuad(fourHitMask);
    if (best >= 0) this.take(this.quads, best, Math.sqrt(this.sums[best] as number) / 2);
    return best >= 0;
  }

  /** Takes solutions until none is left: four hits, then three. */
  private resolve(hits: number): void {
    let free = (1 << hits) - 1;
    let left = maxSegmentsPerGroup;
    let freeHits = hits;
    if (this.quadCount > 0) {
      this.solveQuads();
      for (; left > 0; left -= 1) {
        const best = this.bestQuad(free);
        if (best < 0) break;
        const combination = this.combinations[best] as number;
        this.take(this.quads, best, Math.sqrt(this.sums[best] as number) / 2);
        free &= ~(this.quadBits[combination] as number);
        freeHits -= 4;
        if (freeHits < 3) return;
      }
    }
    if (left === 0 || this.tripleCount === 0) return;
    this.solveTriples(free);
    for (; left > 0; left -= 1) {
      const taken = this.resolveTriples(free);
      if (taken === 0) return;
      free &= ~taken;
    }
  }

  /**
   * Lists the valid solutions of all four-hit combinations.
   * Written out on purpose: it is the hottest part of the finder.
   */
  private solveQuads(): void {
    this.solutionCount = 0;
    const { quads, xMm, timeNs, velocity, maxRoot } = this;
    for (let quad = 0; quad < this.quadCount; quad += 1) {
      const i = quads[quad * 4] as number;
      const j = quads[quad * 4 + 1] as number;
      const k = quads[quad * 4 + 2] as number;
      const l = quads[quad * 4 + 3] as number;
      const xi = xMm[i] as number;
      const xj = xMm[j] as number;
      const xk = xMm[k] as number;
      const xl = xMm[l] as number;
      const ui = (timeNs[i] as number) * velocity;
      const uj = (timeNs[j] as number) * velocity;
      const uk = (timeNs[k] as number) * velocity;
      const ul = (timeNs[l] as number) * velocity;
      // Hits are in order of time.
      const first = timeNs[Math.min(i, j, k, l)] as number;
      const last = timeNs[Math.max(i, j, k, l)] as number;
      for (let pair = 1; pair < sideChoices / 2; pair += 1) {
        const a = residualCoefficients[pair * 4] as number;
        const b = residualCoefficients[pair * 4 + 1] as number;
        const c = residualCoefficients[pair * 4 + 2] as number;
        const d = residualCoefficients[pair * 4 + 3] as number;
        const ofWires = a * xi + b * xj + c * xk + d * xl;
        const ofTimes =
          ((pair & 1) !== 0 ? a * ui : -a * ui) +
          ((pair & 2) !== 0 ? b * uj : -b * uj) +
          ((pair & 4) !== 0 ? c * uk : -c * uk) -
          d * ul;
        for (let opposite = 0; opposite < 2; opposite += 1) {
          const root = opposite === 0 ? ofWires + ofTimes : ofWires - ofTimes;
          if (!(root <= maxRoot && root >= -maxRoot)) continue;
          const sides = opposite === 0 ? pair : fourHitMask - pair;
          const at = solutionAt(allLayers, sides);
          const yi = (sides & 1) !== 0 ? xi + ui : xi - ui;
          const yj = (sides & 2) !== 0 ? xj + uj : xj - uj;
          const yk = (sides & 4) !== 0 ? xk + uk : xk - uk;
          const yl = (sides & 8) !== 0 ? xl + ul : xl - ul;
          const tau =
            (solutions[at + 8] as number) * yi +
            (solutions[at + 9] as number) * yj +
            (solutions[at + 10] as number) * yk +
            (solutions[at + 11] as number) * yl;
          if (!areDriftTimes(first, last, tau / velocity)) continue;
          const slope =
            (solutions[at + 4] as number) * yi +
            (solutions[at + 5] as number) * yj +
            (solutions[at + 6] as number) * yk +
            (solutions[at + 7] as number) * yl;
          if (isSlope(slope)) this.addSolution(quad, sides, root * root, tau, slope);
        }
      }
    }
  }

  private addSolution(combination: number, sides: number, sum: number, tau: number, slope: number): void {
    const n = this.solutionCount;
    this.combinations[n] = combination;
    this.sides[n] = sides;
    this.sums[n] = sum;
    this.taus[n] = tau;
    this.slopes[n] = slope;
    this.solutionCount = n + 1;
  }

  /** The best four-hit solution of free hits; -1 when there is none. */
  private bestQuad(free: number): number {
    const { sums, combinations, quadBits } = this;
    let smallest = Infinity;
    for (let i = 0; i < this.solutionCount; i += 1) {
      const bits = quadBits[combinations[i] as number] as number;
      if ((bits & free) === bits && (sums[i] as number) < smallest) smallest = sums[i] as number;
    }
    let best = -1;
    for (let i = 0; i < this.solutionCount; i += 1) {
      const bits = quadBits[combinations[i] as number] as number;
      if ((bits & free) !== bits || (sums[i] as number) - smallest >= equalSumsMm2) continue;
      if (best < 0 || this.comesBefore(i, best)) best = i;
    }
    return best;
  }

  /** Among equal sums: lower wires, then lower times, then left before right, each in the order of the layers. */
  private comesBefore(a: number, b: number): boolean {
    const { quads, combinations, hits, hitNumbers, timeNs } = this;
    const [quadA, quadB] = [combinations[a] as number, combinations[b] as number];
    const wireOf = (quad: number, layer: number): number =>
      wireNumberOfCell[
        hits.cells[hitNumbers[quads[quad * 4 + layer] as number] as number] as number
      ] as number;
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const apart = wireOf(quadA, layer) - wireOf(quadB, layer);
      if (apart !== 0) return apart < 0;
    }
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const apart =
        (timeNs[quads[quadA * 4 + layer] as number] as number) -
        (timeNs[quads[quadB * 4 + layer] as number] as number);
      if (apart !== 0) return apart < 0;
    }
    const different = (this.sides[a] as number) ^ (this.sides[b] as number);
    return ((this.sides[a] as number) & (different & -different)) === 0;
  }

  /** Lists the valid solutions of the three-hit combinations of free hits. */
  private solveTriples(free: number): void {
    this.solutionCount = 0;
    const { triples, tripleBits, xMm, timeNs, velocity } = this;
    for (let triple = 0; triple < this.tripleCount; triple += 1) {
      const bits = tripleBits[triple] as number;
      if ((bits & free) !== bits) continue;
      const missing = this.missingLayer(triple);
      const p = missing === 0 ? 1 : 0;
      const q = missing <= 1 ? 2 : 1;
      const r = missing === 3 ? 2 : 3;
      const i = triples[triple * 4 + p] as number;
      const j = triples[triple * 4 + q] as number;
      const k = triples[triple * 4 + r] as number;
      const ui = (timeNs[i] as number) * velocity;
      const uj = (timeNs[j] as number) * velocity;
      const uk = (timeNs[k] as number) * velocity;
      const first = timeNs[Math.min(i, j, k)] as number;
      const last = timeNs[Math.max(i, j, k)] as number;
      for (let choice = 1; choice < 7; choice += 1) {
        const yi = (xMm[i] as number) + ((choice & 1) !== 0 ? ui : -ui);
        const yj = (xMm[j] as number) + ((choice & 2) !== 0 ? uj : -uj);
        const yk = (xMm[k] as number) + ((choice & 4) !== 0 ? uk : -uk);
        const sides = ((choice & 1) << p) | (((choice >> 1) & 1) << q) | ((choice >> 2) << r);
        const at = solutionAt(missing, sides);
        const tau =
          (solutions[at + 8 + p] as number) * yi +
          (solutions[at + 8 + q] as number) * yj +
          (solutions[at + 8 + r] as number) * yk;
        if (!areDriftTimes(first, last, tau / velocity)) continue;
        const slope =
          (solutions[at + 4 + p] as number) * yi +
          (solutions[at + 4 + q] as number) * yj +
          (solutions[at + 4 + r] as number) * yk;
        if (!isSlope(slope)) continue;
        const t0 = this.firstTimeNs + tau / velocity;
        const distance = Math.abs(afterNearestSignal(this.signals, t0 + this.offsetNs));
        this.addSolution(triple, sides, distance, tau, slope);
      }
    }
  }

  private missingLayer(triple: number): number {
    let layer = 0;
    while (this.triples[triple * 4 + layer] !== noHit) layer += 1;
    return layer;
  }

  /** Takes one three-hit segment or ambiguous one; the bits of the hits that it uses, 0 when there is none. */
  private resolveTriples(free: number): number {
    const { combinations, tripleBits, sums } = this;
    let count = 0;
    let best = -1;
    let next = Infinity;
    let bitsOfAll = 0;
    let missing = -1;
    for (let i = 0; i < this.solutionCount; i += 1) {
      const triple = combinations[i] as number;
      const bits = tripleBits[triple] as number;
      if ((bits & free) !== bits) continue;
      count += 1;
      bitsOfAll |= bits;
      const layer = this.missingLayer(triple);
      missing = count === 1 || missing === layer ? layer : allLayers;
      const distance = sums[i] as number;
      if (best < 0 || distance < (sums[best] as number)) {
        if (best >= 0) next = sums[best] as number;
        best = i;
      } else if (distance < next) next = distance;
    }
    if (count === 0) return 0;
    const nearest = sums[best] as number;
    if (count === 1 || (nearest <= nearSignalNs && next >= nearest + nextSignalNs)) {
      this.take(this.triples, best, 0);
      return tripleBits[combinations[best] as number] as number;
    }
    this.ambiguous += 1;
    if (missing < allLayers) this.ambiguousMissing[missing] = (this.ambiguousMissing[missing] as number) + 1;
    this.use(bitsOfAll);
    return bitsOfAll;
  }

  private use(bits: number): void {
    for (let hit = 0; bits >>> hit !== 0; hit += 1) {
      if (((bits >>> hit) & 1) === 0) continue;
      this.hits.fates[this.hitNumbers[hit] as number] = used;
      this.hitsUsed += 1;
    }
  }

  /** Appends a segment to the list and marks its hits. */
  private take(combos: Uint8Array, solution: number, residualMm: number): void {
    const { list, hits, timeNs, velocity } = this;
    const combination = this.combinations[solution] as number;
    const sides = this.sides[solution] as number;
    const missing = combos === this.quads ? allLayers : this.missingLayer(combination);
    const t0 = (this.taus[solution] as number) / velocity;
    const segment = list.add();
    const slot = (segment - this.firstSegment) * layersPerChamber;
    if (slot === this.numbers.length) this.growNumbers();
    let position = 0;
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const to = segment * layersPerChamber + layer;
      if (layer === missing) {
        list.cells[to] = noCell;
        list.driftNs[to] = NaN;
        this.numbers[slot + layer] = -1;
        continue;
      }
      const hit = combos[combination * 4 + layer] as number;
      const number = this.hitNumbers[hit] as number;
      const drift = (timeNs[hit] as number) * velocity;
      const y = (this.xMm[hit] as number) + ((sides >> layer) & 1 ? drift : -drift);
      position += (solutions[solutionAt(missing, sides) + layer] as number) * y;
      list.cells[to] = hits.cells[number] as number;
      list.driftNs[to] = (timeNs[hit] as number) - t0;
      this.numbers[slot + layer] = number;
      hits.fates[number] = used;
    }
    const hitCount = missing === allLayers ? 4 : 3;
    this.hitsUsed += hitCount;
    list.chambers[segment] = this.chamber;
    list.hits[segment] = hitCount;
    list.sides[segment] = sides;
    list.t0Ns[segment] = this.firstTimeNs + t0;
    list.xMm[segment] = position;
    list.slopes[segment] = this.slopes[solution] as number;
    list.residualsMm[segment] = residualMm;
    list.timingNs[segment] = afterNearestSignal(this.signals, this.firstTimeNs + t0 + this.offsetNs);
  }

  private growNumbers(): void {
    const larger = new Int32Array(this.numbers.length * 2);
    larger.set(this.numbers);
    this.numbers = larger;
  }
}

/** Whether hits from first to last can have drifted since t0. */
function areDriftTimes(first: number, last: number, t0: number): boolean {
  return first - t0 >= driftLimitsNs.lower && last - t0 <= driftLimitsNs.upper;
}

function isSlope(slope: number): boolean {
  return slope <= maxSegmentSlope && slope >= -maxSegmentSlope;
}

function setFour(columns: Uint8Array, at: number, i: number, j: number, k: number, l: number): void {
  columns[at * 4] = i;
  columns[at * 4 + 1] = j;
  columns[at * 4 + 2] = k;
  columns[at * 4 + 3] = l;
}
