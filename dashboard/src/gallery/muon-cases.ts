/** Fixed cases of segments, read-out and trigger words, made by formulas. */
import {
  cellsPerChamber,
  driftVelocityUmPerNs,
  layerOfCell,
  muonAxes,
  type AxisConfig,
  type BinnedCounts,
  type MuonCounts,
  type SegmentCounts,
} from "../../../pipeline/model/index.js";
import { efficiencyChart, segmentChart, type MuonLook } from "../charts/muons.js";
import { bxBitsChart, bxChart, tdcChart } from "../charts/read-out.js";
import type { ChartSpec, Look } from "../charts/spec.js";
import { wordChart } from "../charts/words.js";
import type { ChamberPosition } from "../events/geometry.js";
import type { MuonEvent } from "../events/events.js";

/** A bell curve with this number of entries at the peak, and a wave that looks like noise. */
function bell(axis: AxisConfig, middle: number, sigma: number, peak: number): BinnedCounts {
  const width = (axis.upper - axis.lower) / axis.bins;
  const hist_counts = Array.from({ length: axis.bins }, (_, i) => {
    const x = axis.lower + (i + 0.5) * width;
    const noise = 1 + 0.12 * Math.sin(i * 12.9898 + middle) * Math.cos(i * 4.1414);
    return Math.round(peak * Math.exp(-0.5 * ((x - middle) / sigma) ** 2) * noise);
  });
  return { lower: axis.lower, upper: axis.upper, hist_counts, underflow: 3, overflow: 11 };
}

interface Change {
  /** Efficiency of layer 3. */
  layer3?: number;
  residualMm?: number;
}

function segmentCounts(chamber: number, { layer3 = 0.95, residualMm = 0.35 }: Change): SegmentCounts {
  const level = 400 + 30 * chamber;
  const efficiency = [0.95, 0.94, layer3, 0.96];
  const found = (i: number): number => Math.round(level * 4 * (efficiency[i] ?? 0));
  const cellOf = (cell: number, value: (layer: number) => number): number =>
    Math.round((value(layerOfCell(cell)) / 16) * (1 + 0.1 * Math.sin(cell * 3.7)));
  const cells = Array.from({ length: cellsPerChamber }, (_, cell) => cell);
  const layers = [0, 1, 2, 3];
  return {
    count: 5 * level,
    four_hit: 4 * level,
    three_hit: level,
    ambiguous: 40,
    showers: 2,
    hits_used: 19 * level,
    layer_found: layers.map(found),
    layer_missed: layers.map((i) => 4 * level - found(i)),
    cell_found: cells.map((cell) => cellOf(cell, (layer) => found(layer - 1))),
    cell_missed: cells.map((cell) => cellOf(cell, (layer) => 4 * level - found(layer - 1))),
    angle: bell(muonAxes.angleDegrees, 0.5 * chamber, 19, level / 10),
    position: bell(muonAxes.positionMm, 10 * chamber, 260, level / 12),
    residual: layers.map((i) => bell(muonAxes.residualMm, 0.02 * i, residualMm, level / 2)),
    t0_scint: bell(muonAxes.t0ScintNs, 2 - chamber, 7, level),
    mean_timer: [0, 1].map((i) => bell(muonAxes.meanTimerNs, 390 + i, 6, level / 3)),
    drift_time: layers.map(() => bell(muonAxes.driftTimeNs, 190, 160, level / 8)),
  };
}

export function galleryMuons(change: Change = {}, bxBit: number | null = null): MuonCounts {
  const tdc = Array.from({ length: 33 }, (_, i) =>
    i < 1 || i > 30 ? 0 : Math.round(900 * (1 + 0.04 * Math.sin(i * 5.1))),
  );
  const bx = {
    ...bell(muonAxes.bx, 1700, 40_000, 420),
    underflow: 0,
    overflow: 0,
  };
  const bits = Array.from({ length: 12 }, (_, bit) => (bit === bxBit ? 0 : bit < 9 ? 13_500 : 12_300));
  const fpga = {
    heads: [900, 900, 27_000, 900, 890, 890, 0, 0],
    hits: 27_000,
    orbit_first: 1000,
    orbit_last: 57_000,
    tdc,
    bx,
    bx_bits: bits,
    bx_out: 0,
    internal: {},
  };
  const words = {
    candidates: 900,
    incomplete: 12,
    repeated: 3,
    tan_psi: bell(muonAxes.tanPsi, 0, 0.33, 60),
    local_x: bell(muonAxes.localXMm, 0, 50, 50),
    layers: [0, 0, 0, 240, 660],
    matched: 310,
    dtan: bell(muonAxes.tanDifference, 0.001, 0.012, 60),
    dx: bell(muonAxes.xDifferenceMm, 0.05, 0.3, 60),
    dt0: bell(muonAxes.t0DifferenceNs, 0, 2, 80),
  };
  return {
    segment_chamber: Object.fromEntries(
      [0, 1, 2, 3].map((c) => [c, segmentCounts(c, c === 1 ? change : {})]),
    ),
    read_out: { "0": fpga, "1": fpga },
    trigger_words: { "0": words },
  };
}

/** One muon in chambers 0, 1 and 2, of which chamber 1 misses layer 3. */
export const galleryEvent: MuonEvent = {
  orbit: 2_174_538_695,
  windowId: 359_136_859,
  startMs: 0,
  segments: [
    segment(0, [31, 29, 26, 28], "RLRL", -0.142, 76.2),
    segment(1, [39, 37, null, 36], "LR-L", 0.21, 90),
    segment(2, [27, 25, 26, 24], "RLRR", -0.114, -38.9),
  ],
};

function segment(
  chamber: number,
  cells: (number | null)[],
  sides: string,
  tan: number,
  x_mm: number,
): MuonEvent["segments"][number] {
  const drift_ns = cells.map((cell, i) => (cell === null ? null : 90 + 60 * i));
  return {
    orbit: 2_174_538_695,
    chamber,
    cells,
    drift_ns,
    sides,
    t0_ns: 66_355,
    x_mm,
    tan,
    residual_mm: 0.21,
    timing_ns: 11,
  };
}

/** Chamber 1 measures the other view. */
export function galleryPosition(chamber: number): ChamberPosition {
  const heightMm = [219.8, 977.3, 1035.6, 1819.8][chamber] ?? 0;
  const rest = { shiftMm: 0, driftVelocityUmPerNs, masked: [] };
  return { name: String(chamber), heightMm, rotated: chamber === 1, ...rest };
}

const healthy = galleryMuons();
const lossy = galleryMuons({ layer3: 0.61, residualMm: 0.6 });

function lookWith(look: Look, chamber: number | null, expected: MuonCounts | null = null): MuonLook {
  return {
    ...look,
    chamber,
    expected: expected === null ? [] : [{ name: "good", counts: expected, scale: 1.1 }],
  };
}

export const muonCases: readonly { id: string; title: string; draw: (look: Look) => ChartSpec }[] = [
  {
    id: "angle",
    title: "Angle of one chamber, against the reference, with under- and overflow",
    draw: (look) => segmentChart("angle", lossy, lookWith(look, 1, healthy)),
  },
  {
    id: "angle-all",
    title: "Angle of all chambers",
    draw: (look) => segmentChart("angle", healthy, lookWith(look, null)),
  },
  {
    id: "residual",
    title: "Residuals by layer, wider than the reference",
    draw: (look) => segmentChart("residual", lossy, lookWith(look, 1, healthy)),
  },
  {
    id: "meantimer",
    title: "Mean-timer sums of one chamber",
    draw: (look) => segmentChart("meantimer", healthy, lookWith(look, 0)),
  },
  {
    id: "efficiency",
    title: "Efficiency per layer: layer 3 of chamber 1 at 61 %",
    draw: (look) => efficiencyChart(lossy, lookWith(look, null, healthy)),
  },
  {
    id: "muons-empty",
    title: "Angle: nothing yet",
    draw: (look) => segmentChart("angle", null, lookWith(look, 0)),
  },
  {
    id: "word-dt0",
    title: "Trigger words: t0 beside segments",
    draw: (look) => wordChart("dt0", healthy, "0", lookWith(look, null)),
  },
  {
    id: "tdc",
    title: "TDC spectrum against the reference",
    draw: (look) => tdcChart(healthy, "0", lookWith(look, null, healthy)),
  },
  { id: "bx", title: "BX spectrum", draw: (look) => bxChart(healthy, "0", lookWith(look, null)) },
  {
    id: "bx-bits",
    title: "BX bits: bit 4 stuck at 0",
    draw: (look) => bxBitsChart(galleryMuons({}, 4), "1", lookWith(look, null)),
  },
];
