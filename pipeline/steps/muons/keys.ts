/** Converts counters of segments, timing, read-out and trigger words to the keys of a message. */
import {
  cellsPerChamber,
  fpgaCount,
  fpgasOfCells,
  layersPerChamber,
  maxSegmentTdc,
  muonAxes,
  type AxisConfig,
  type BinnedCounts,
  type DetectorConfig,
  type MuonKeys,
  type NoiseCounts,
  type ReadOutCounts,
  type SegmentCounts,
  type TimeKind,
  type TimingCounts,
  type TriggerWordCounts,
} from "../../model/index.js";
import { ReadOutSums } from "../read-out.js";
import {
  bxBitCount,
  layerNumbers,
  muonLayout,
  type ChamberPlaces,
  type FpgaPlaces,
  type TimingPlaces,
} from "./layout.js";
import type { MuonResult } from "./result.js";

interface MuonFacts {
  detector: DetectorConfig;
  time: TimeKind;
  readOut: ReadOutSums | null;
  /** Hits by code (chamber x 64 + cell), shape (chambers x 64). */
  channelCounts: Float64Array;
}

export function muonKeys({ counts, sample }: MuonResult, facts: MuonFacts): MuonKeys {
  const { detector } = facts;
  const layout = muonLayout(detector);
  const reader = new CountReader(counts);
  const readOut = facts.readOut ?? new ReadOutSums();
  const seen = Array.from({ length: fpgaCount }, (_, fpga) => fpga).filter((fpga) => readOut.isSeen(fpga));
  const ofFpga = <T>(make: (fpga: number, places: FpgaPlaces) => T): Record<string, T> =>
    Object.fromEntries(seen.map((fpga) => [String(fpga), make(fpga, layout.fpgas[fpga] as FpgaPlaces)]));
  const ofChamber = <T>(make: (places: ChamberPlaces) => T): Record<string, T> =>
    Object.fromEntries(layout.chambers.map((places, chamber) => [String(chamber), make(places)]));
  return {
    segment_chamber: ofChamber((places) => reader.segments(places)),
    noise_chamber: ofChamber((places) => reader.noise(places)),
    chamber_pair: Object.fromEntries(
      layout.pairs.map(({ name, expected, found, dx }) => [
        name,
        {
          expected: reader.one(expected),
          found: reader.one(found),
          dx: reader.histogram(dx, muonAxes.pairMm),
        },
      ]),
    ),
    read_out: ofFpga((fpga, places) => readOutOf(reader, places, readOut, fpga, facts)),
    timing: Object.fromEntries(layout.timing.map((places) => [places.name, reader.timing(places)])),
    trigger_words: ofFpga((_, places) => reader.words(places)),
    muons: sample.extract(),
  };
}

function readOutOf(
  reader: CountReader,
  places: FpgaPlaces,
  readOut: ReadOutSums,
  fpga: number,
  { detector, time, channelCounts }: MuonFacts,
): ReadOutCounts {
  const orbits = readOut.orbitsOf(fpga);
  const internal = detector.internalChannels.flatMap((channel, i): [string, number][] =>
    channel.fpga === fpga ? [[String(channel.channel), readOut.internalOf(i)]] : [],
  );
  return {
    heads: readOut.headsOf(fpga),
    hits: detector.chambers
      .flatMap(fpgasOfCells)
      .reduce((sum, own, code) => sum + (own === fpga ? (channelCounts[code] as number) : 0), 0),
    orbit_first: orbits?.[0] ?? null,
    orbit_last: orbits?.[1] ?? null,
    tdc: reader.list(places.tdc, maxSegmentTdc + 1),
    bx: reader.histogram(places.bx, muonAxes.bx),
    bx_bits: reader.list(places.bxBits, bxBitCount),
    bx_out: reader.one(places.bxOut),
    internal: Object.fromEntries(internal),
    ...(time === "arrival" ? { orbit_steps_back: readOut.stepsBackOf(fpga) } : {}),
  };
}

class CountReader {
  constructor(private readonly counts: Float64Array) {}

  one(at: number): number {
    return this.counts[at] as number;
  }

  list(at: number, length: number): number[] {
    return Array.from(this.counts.subarray(at, at + length));
  }

  histogram(at: number, { lower, upper, bins }: AxisConfig): BinnedCounts {
    const hist_counts = this.list(at, bins);
    return { lower, upper, hist_counts, underflow: this.one(at + bins), overflow: this.one(at + bins + 1) };
  }

  private histograms(places: readonly number[], axis: AxisConfig): BinnedCounts[] {
    return places.map((at) => this.histogram(at, axis));
  }

  segments(places: ChamberPlaces): SegmentCounts {
    const [four, three] = [this.one(places.fourHit), this.one(places.threeHit)];
    return {
      count: four + three,
      four_hit: four,
      three_hit: three,
      ambiguous: this.one(places.ambiguous),
      showers: this.one(places.showers),
      hits_used: this.one(places.hitsUsed),
      // Only four-hit segments count layers as found.
      layer_found: Array<number>(layersPerChamber).fill(four),
      layer_missed: this.list(places.layerMissed, layersPerChamber),
      cell_found: this.list(places.cellFound, cellsPerChamber),
      cell_missed: this.list(places.cellMissed, cellsPerChamber),
      angle: this.histogram(places.angle, muonAxes.angleDegrees),
      position: this.histogram(places.position, muonAxes.positionMm),
      residual: this.histograms(places.residual, muonAxes.residualMm),
      t0_scint: this.histogram(places.t0Scint, muonAxes.t0ScintNs),
      mean_timer: this.histograms(places.meanTimer, muonAxes.meanTimerNs),
      drift_time: this.histograms(places.driftTime, muonAxes.driftTimeNs),
    };
  }

  noise({ noiseHits, noiseCells, repeats }: ChamberPlaces): NoiseCounts {
    return {
      hits: this.one(noiseHits),
      cells: this.list(noiseCells, cellsPerChamber),
      repeats: this.one(repeats),
    };
  }

  timing(places: TimingPlaces): TimingCounts {
    const [signals, orbits] = [this.one(places.signals), this.one(places.orbits)];
    const expectation =
      places.plate === null ? {} : { expected: this.one(places.expected), found: this.one(places.found) };
    const mark = {
      ...(places.givesT0 ? { gives_t0: true as const } : {}),
      ...(places.isCoincidence ? { coincidence: true as const } : {}),
    };
    const alone = this.one(places.alone);
    return { signals, orbits, repeated: signals - orbits, alone, ...expectation, ...mark };
  }

  words(places: FpgaPlaces): TriggerWordCounts {
    return {
      candidates: this.one(places.candidates),
      incomplete: this.one(places.incomplete),
      repeated: this.one(places.repeated),
      tan_psi: this.histogram(places.tanPsi, muonAxes.tanPsi),
      local_x: this.histogram(places.localX, muonAxes.localXMm),
      layers: this.list(places.layers, layerNumbers),
      matched: this.one(places.matched),
      dtan: this.histogram(places.tanDifference, muonAxes.tanDifference),
      dx: this.histogram(places.xDifference, muonAxes.xDifferenceMm),
      dt0: this.histogram(places.t0Difference, muonAxes.t0DifferenceNs),
    };
  }
}
