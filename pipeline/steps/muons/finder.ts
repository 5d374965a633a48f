/**
 * Finds the segments of a chamber in one orbit, see infra/decisions/0011-muon-segments.md for the definitions.
 * Candidates need no allocation: fixed columns have room for 256 combinations of cells with up to 14 choices of sides.
 */
import {
  cellWidthMm,
  driftLimitsNs,
  driftVelocityOf,
  groupGapNs,
  layerOfCell,
  layersPerChamber,
  maxGroupCombinations,
  maxGroupHits,
  maxSegmentSlope,
  maxSegmentsPerGroup,
  wirePositionMm,
  type DetectorConfig,
} from "../../model/index.js";
import { irregular, ofShower, used, type ChamberHits } from "./chamber-hits.js";
import { maskOf } from "./cell-mask.js";
import { HitGroup } from "./group.js";
import { noCell, type SegmentList } from "./segment-list.js";
import { afterNearestSignal, type OrbitSignals } from "./signals.js";
import { residualCoefficients, sideChoices, solutionAt, solutions } from "./systems.js";

/** Sums of squares that differ by less than this count as equal, mm². */
const equalSumsMm2 = 1e-6;
/** A timing signal selects the nearest solution if it is within the first limit and the next is farther by the second. */
const nearSignalNs = 30;
const nextSignalNs = 15;
const allLayers = 4;
const fourHitMask = sideChoices - 1;

export class SegmentFinder {
  /** Drift velocity by chamber, and that of the current chamber, mm/ns. */
  private readonly velocities: Float64Array;
  private velocity = 0;
  /** By chamber: 1 where a cell is not judged, shape (64); null if all cells are judged. */
  private readonly masks: (Uint8Array | null)[];
  private readonly maxRoot: number;

  /** Results of {@link find} besides the segments. */
  showers = 0;
  ambiguous = 0;
  /** Number of ambiguous groups whose solutions all lack this layer, shape (4). */
  readonly ambiguousMissing = new Uint32Array(layersPerChamber);
  hitsUsed = 0;
  /** Numbers of a segment's hits, -1 where the layer has none; shape (capacity x 4). */
  numbers = new Int32Array(64 * layersPerChamber);

  private readonly group = new HitGroup();
  /** Index of the group's first hit. */
  private groupStart = 0;

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

  constructor(detector: DetectorConfig) {
    this.velocities = Float64Array.from(
      detector.chambers,
      (_, chamber) => driftVelocityOf(detector, chamber) / 1000,
    );
    this.masks = detector.chambers.map(maskOf);
    // The sum of the squares of the four residuals is the square of a single number.
    this.maxRoot = 2 * detector.maxSegmentResidualMm;
  }

  /**
   * Appends the segments of sorted hits to `list` and sets the fates of the hits.
   * @param offsetNs offset of the chamber, added to t0 for the comparison with timing signals
   */
  find(hits: ChamberHits, chamber: number, offsetNs: number, signals: OrbitSignals, list: SegmentList): void {
    this.hits = hits;
    this.signals = signals;
    this.list = list;
    this.chamber = chamber;
    this.velocity = this.velocities[chamber] as number;
    this.offsetNs = offsetNs;
    this.firstSegment = list.length;
    this.showers = this.ambiguous = this.hitsUsed = 0;
    this.ambiguousMissing.fill(0);
    const { timesNs, order, fates, length } = hits;
    const { group } = this;
    group.length = 0;
    let lastNs = 0;
    for (let at = 0; at < length; at += 1) {
      const hit = order[at] as number;
      if (fates[hit] === irregular) continue;
      const timeNs = timesNs[at] as number;
      if (group.length > 0 && timeNs - lastNs > groupGapNs) this.closeGroup(at);
      if (group.length === 0) this.groupStart = at;
      group.push(hit, timeNs);
      lastNs = timeNs;
    }
    this.closeGroup(length);
  }

  /** @param end index after the group's last hit */
  private closeGroup(end: number): void {
    const { group } = this;
    if (group.length > maxGroupHits) this.countShower(end);
    else if (group.length >= layersPerChamber - 1 && group.arrange(this.hits.cells)) {
      const isDone = group.isClean() && this.resolveClean();
      if (!isDone && !group.combine()) this.countShower(end);
      else if (!isDone && group.quadCount + group.tripleCount > 0) this.resolve();
    }
    group.length = 0;
  }

  private countShower(end: number): void {
    const { order, fates } = this.hits;
    this.showers += 1;
    for (let at = this.groupStart; at < end; at += 1) {
      const hit = order[at] as number;
      if (fates[hit] !== irregular) fates[hit] = ofShower;
    }
  }

  /** Makes a segment of the four hits of a clean group; false if they do not fit. */
  private resolveClean(): boolean {
    this.solveQuads();
    const best = this.bestQuad(fourHitMask);
    if (best >= 0) this.take(this.group.quads, best, Math.sqrt(this.sums[best] as number) / 2);
    return best >= 0;
  }

  /** Takes the best solution until none is left: first four hits, then three. */
  private resolve(): void {
    const { group } = this;
    let free = (1 << group.length) - 1;
    let left = maxSegmentsPerGroup;
    let freeHits = group.length;
    if (group.quadCount > 0) {
      this.solveQuads();
      for (; left > 0; left -= 1) {
        const best = this.bestQuad(free);
        if (best < 0) break;
        const combination = this.combinations[best] as number;
        this.take(group.quads, best, Math.sqrt(this.sums[best] as number) / 2);
        free &= ~(group.quadBits[combination] as number);
        freeHits -= 4;
        if (freeHits < 3) return;
      }
    }
    if (left === 0 || group.tripleCount === 0) return;
    this.solveTriples(free);
    for (; left > 0; left -= 1) {
      const taken = this.resolveTriples(free);
      if (taken === 0) return;
      free &= ~taken;
    }
  }

  /**
   * Lists the valid solutions of all four-hit combinations.
   * Deliberately one long function: it is the hottest part of the finder.
   */
  private solveQuads(): void {
    this.solutionCount = 0;
    const { velocity, maxRoot } = this;
    const { quads, quadCount, xMm, timesNs: timeNs } = this.group;
    for (let quad = 0; quad < quadCount; quad += 1) {
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
      // Hits are sorted by time.
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

  /** The best four-hit solution of free hits; -1 if there is none. */
  private bestQuad(free: number): number {
    const { sums, combinations } = this;
    const { quadBits } = this.group;
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

  /** Order of solutions with equal sums: lower wires, lower times, then left before right, each layer by layer. */
  private comesBefore(a: number, b: number): boolean {
    const { group, combinations } = this;
    const quadA = (combinations[a] as number) * layersPerChamber;
    const quadB = (combinations[b] as number) * layersPerChamber;
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const [hitA, hitB] = [group.quads[quadA + layer] as number, group.quads[quadB + layer] as number];
      const apart = group.wireOf(hitA) - group.wireOf(hitB);
      if (apart !== 0) return apart < 0;
    }
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const [hitA, hitB] = [group.quads[quadA + layer] as number, group.quads[quadB + layer] as number];
      const apart = (group.timesNs[hitA] as number) - (group.timesNs[hitB] as number);
      if (apart !== 0) return apart < 0;
    }
    const different = (this.sides[a] as number) ^ (this.sides[b] as number);
    return ((this.sides[a] as number) & (different & -different)) === 0;
  }

  /** Lists the valid solutions of the three-hit combinations of free hits. */
  private solveTriples(free: number): void {
    this.solutionCount = 0;
    const { velocity, group } = this;
    const { triples, tripleBits, xMm, timesNs: timeNs } = group;
    for (let triple = 0; triple < group.tripleCount; triple += 1) {
      const bits = tripleBits[triple] as number;
      if ((bits & free) !== bits) continue;
      const missing = group.missingLayer(triple);
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
        const t0 = group.firstNs + tau / velocity;
        const distance = Math.abs(afterNearestSignal(this.signals, t0 + this.offsetNs));
        this.addSolution(triple, sides, distance, tau, slope);
      }
    }
  }

  /** Takes one three-hit segment or ambiguous group; returns the bits of its hits, 0 if there is none. */
  private resolveTriples(free: number): number {
    const { combinations, sums, group } = this;
    const { tripleBits } = group;
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
      const layer = group.missingLayer(triple);
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
      this.take(group.triples, best, 0);
      return tripleBits[combinations[best] as number] as number;
    }
    this.ambiguous += 1;
    if (missing < allLayers && !this.isMasked(combinations[best] as number, missing))
      this.ambiguousMissing[missing] = (this.ambiguousMissing[missing] as number) + 1;
    this.use(bitsOfAll);
    return bitsOfAll;
  }

  /** Whether the hits of a triple are beside a cell of the missing layer that is not judged. */
  private isMasked(triple: number, missing: number): boolean {
    const mask = this.masks[this.chamber] ?? null;
    if (mask === null) return false;
    const { group } = this;
    let xMm = 0;
    for (let layer = 0; layer < layersPerChamber; layer += 1)
      if (layer !== missing) xMm += (group.xMm[group.triples[triple * 4 + layer] as number] as number) / 3;
    return mask.some((one, cell) => {
      const isOfLayer = one === 1 && layerOfCell(cell) - 1 === missing;
      return isOfLayer && Math.abs(wirePositionMm(cell).x - xMm) <= 1.5 * cellWidthMm;
    });
  }

  private use(bits: number): void {
    for (let hit = 0; bits >>> hit !== 0; hit += 1) {
      if (((bits >>> hit) & 1) === 0) continue;
      this.hits.fates[this.group.numbers[hit] as number] = used;
      this.hitsUsed += 1;
    }
  }

  /** Appends a segment to the list and marks its hits. */
  private take(combos: Uint8Array, solution: number, residualMm: number): void {
    const { list, hits, group, velocity } = this;
    const { timesNs: timeNs, xMm } = group;
    const combination = this.combinations[solution] as number;
    const sides = this.sides[solution] as number;
    const missing = combos === group.quads ? allLayers : group.missingLayer(combination);
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
      const number = group.numbers[hit] as number;
      const drift = (timeNs[hit] as number) * velocity;
      const y = (xMm[hit] as number) + ((sides >> layer) & 1 ? drift : -drift);
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
    list.t0Ns[segment] = group.firstNs + t0;
    list.xMm[segment] = position;
    list.slopes[segment] = this.slopes[solution] as number;
    list.residualsMm[segment] = residualMm;
    list.timingNs[segment] = afterNearestSignal(this.signals, group.firstNs + t0 + this.offsetNs);
  }

  private growNumbers(): void {
    const larger = new Int32Array(this.numbers.length * 2);
    larger.set(this.numbers);
    this.numbers = larger;
  }
}

/** Whether the times of the first and last hit are possible drift times after t0. */
function areDriftTimes(first: number, last: number, t0: number): boolean {
  return first - t0 >= driftLimitsNs.lower && last - t0 <= driftLimitsNs.upper;
}

function isSlope(slope: number): boolean {
  return slope <= maxSegmentSlope && slope >= -maxSegmentSlope;
}
