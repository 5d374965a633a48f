/**
 * Small fixed cases of every chart, for tests, preview and documentation. Formulas generate the data, so it is the
 * same everywhere.
 */
import type { TrendPoint, WindowMessage } from "../../../pipeline/model/index.js";
import {
  activeChannelsChart,
  multiplicityChart,
  multiplicityOverviewChart,
} from "../charts/active-channels.js";
import { cellRateChart } from "../charts/cell-rate.js";
import { driftTimeChart, driftTimeOverviewChart } from "../charts/drift-time.js";
import { hitsOverTimeChart, type HitsOverTimeOptions } from "../charts/hits-over-time.js";
import { occupancyChart, occupancyOverviewChart } from "../charts/occupancy.js";
import type { ChartSpec, Look, Reference } from "../charts/spec.js";
import type { ChamberPicture, Picture } from "../live/picture.js";

interface GalleryCase {
  /** Name in tests and file names. */
  id: string;
  title: string;
  draw: (look: Look) => ChartSpec;
}

/** A noise-like wave, -1..1. */
function wobble(i: number, phase: number): number {
  return Math.sin(i * 12.9898 + phase * 78.233) * Math.cos(i * 4.1414 + phase);
}

type CellChange = (hits: number, chamber: number, cell: number) => number;
const unchanged: CellChange = (hits) => hits;

function chamberOf(chamber: number, level: number, change: CellChange): ChamberPicture {
  const cells = Array.from({ length: 64 }, (_, cell) => {
    const bell = Math.exp(-(((cell - 31.5) / 26) ** 2));
    return change(Math.round(level * (0.45 + bell) * (1 + 0.12 * wobble(cell, chamber))), chamber, cell);
  });
  const driftEdges = Array.from({ length: 101 }, (_, i) => 10 * i);
  const drift = driftEdges.slice(0, 100).map((ns) => {
    const inBox = ns < 390 ? 1 - ns / 1400 : 0.012;
    return Math.round(level * 0.8 * inBox * (1 + 0.1 * wobble(ns / 10, chamber + 5)));
  });
  const orbits = [0, 9, 2, 5, 20, 2.2, 0.8, 0.3, 0.1];
  const multiplicity = Array.from({ length: 65 }, (_, k) =>
    Math.round((orbits[k] ?? 0) * level * (1 + 0.1 * wobble(k, chamber))),
  );
  const hits = cells.reduce((sum, one) => sum + one, 0);
  const scintChannels = cells.map((one) => Math.round(0.6 * one));
  const rest = { driftEdges, drift, driftUnderflow: 3, driftOverflow: 7, multiplicity };
  const firstChannel = chamber % 2 === 0 ? 0 : 64;
  const numbers = cells.map((_, cell) => firstChannel + cell);
  return { firstChannel, numbers, hits, channels: cells, scintChannels, ...rest };
}

export function galleryPicture(change: CellChange = unchanged, level = 40): Picture {
  const chambers = [0, 1, 2, 3].map((chamber) => chamberOf(chamber, level * (1 + chamber / 12), change));
  const hits = chambers.reduce((sum, one) => sum + one.hits, 0);
  return {
    windows: 12,
    durationMs: 60_000,
    startMs: 0,
    endMs: 60_000,
    hits,
    orbits: 3000,
    scintOrbits: 1100,
    chambers,
    parts: [],
  };
}

const startMs = Date.UTC(2026, 0, 15, 12);

function galleryTrend(windows: number, missing: (i: number) => boolean = () => false): TrendPoint[] {
  return Array.from({ length: windows }, (_, i) => i)
    .filter((i) => !missing(i))
    .map((i) => {
      const hit_count_chamber = [0, 1, 2, 3].map((c) =>
        Math.round(560 * (1 + c / 12) * (1 + 0.06 * wobble(i, c))),
      );
      const hit_count = hit_count_chamber.reduce((sum, hits) => sum + hits, 0);
      const start_ms = startMs + 5000 * i;
      const ledger = {
        rows: hit_count,
        malformed: 0,
        head_rejected: 0,
        unmapped: 0,
        scintillator: 0,
        hits: hit_count,
      };
      const flags = { partial: i === 0, revision: i === 20 ? 1 : 0 };
      return { msg_ID: i, start_ms, end_ms: start_ms + 5000, hit_count, hit_count_chamber, ledger, ...flags };
    });
}

/** Contains only the fields for the plot of active channels. */
function galleryMessage(): WindowMessage {
  const active = Object.fromEntries(
    ["0", "1", "2", "3"].map((key) => {
      const orbits = Array.from({ length: 240 }, (_, i) => 1000 + 233 * i).filter(
        (orbit) => orbit < 30_000 || orbit > 38_000,
      );
      const hist_counts = orbits.map((_, i) => [1, 4, 4, 3, 4, 1, 5][(i * i + i) % 7] ?? 1);
      return [key, { bin_edges: orbits, hist_counts, orbits_per_bin: 1 }];
    }),
  );
  return { active_tdc_chamber: active, orbit_first: 1000, orbit_last: 57_000 } as unknown as WindowMessage;
}

const healthy = galleryPicture();
const deadLayer = galleryPicture((hits, chamber, cell) => (chamber === 1 && cell % 4 === 2 ? 0 : hits));
const hotCell = galleryPicture((hits, chamber, cell) => (chamber === 1 && cell === 17 ? 12 * hits : hits));
const deadFpga = galleryPicture((hits, chamber) => (chamber > 1 ? 0 : hits));

function minutes(count: number, more: Partial<HitsOverTimeOptions> = {}): HitsOverTimeOptions {
  return { unit: "rate", fromMs: startMs, toMs: startMs + 60_000 * count, ...more };
}

const selected = { start_ms: startMs + 150_000, end_ms: startMs + 155_000 };
const long = galleryTrend(17_280, (i) => i > 9000 && i < 9600);

/** A reference of the same duration. */
function against(picture: Picture): Reference {
  return { name: "good", picture, scale: 1 };
}

export const galleryCases: readonly GalleryCase[] = [
  {
    id: "hits",
    title: "Hits over time: a gap, a corrected and a partial window",
    draw: (look) =>
      hitsOverTimeChart(
        galleryTrend(60, (i) => i > 32 && i < 39),
        minutes(5),
        look,
      ),
  },
  {
    id: "hits-run",
    title: "Hits over time: start of a run, a selected window",
    draw: (look) =>
      hitsOverTimeChart(
        galleryTrend(60),
        minutes(5, { unit: "count", marks: [{ ms: startMs + 60_000, words: "run 12" }], selected }),
        look,
      ),
  },
  {
    id: "hits-day",
    title: "Hits over time: a day of 17 280 windows, two hours missing",
    draw: (look) => hitsOverTimeChart(long, minutes(1440), look),
  },
  { id: "occupancy", title: "Occupancy: healthy", draw: (look) => occupancyChart(healthy, 1, "all", look) },
  {
    id: "occupancy-layer",
    title: "Occupancy: layer 3 dead, with reference",
    draw: (look) => occupancyChart(deadLayer, 1, "all", { ...look, references: [against(healthy)] }),
  },
  {
    id: "occupancy-hot",
    title: "Occupancy: a hot cell, logarithmic",
    draw: (look) => occupancyChart(hotCell, 1, "all", { ...look, log: true }),
  },
  {
    id: "occupancy-overview",
    title: "Occupancy of all chambers: FPGA 1 dead, with reference",
    draw: (look) => occupancyOverviewChart(deadFpga, { ...look, references: [against(healthy)] }),
  },
  {
    id: "occupancy-empty",
    title: "Occupancy: no data yet",
    draw: (look) => occupancyChart(null, 0, "all", look),
  },
  {
    id: "drift",
    title: "Drift time: healthy, with reference",
    draw: (look) =>
      driftTimeChart(healthy, 0, { ...look, references: [against(galleryPicture(unchanged, 44))] }),
  },
  {
    id: "drift-overview",
    title: "Drift time of all chambers",
    draw: (look) => driftTimeOverviewChart(healthy, look),
  },
  {
    id: "active",
    title: "Active channels vs orbit: a stretch of silence",
    draw: (look) => activeChannelsChart(galleryMessage(), 0, look),
  },
  {
    id: "multiplicity",
    title: "Multiplicity of one chamber, logarithmic",
    draw: (look) => multiplicityChart(healthy, 2, { ...look, log: true }),
  },
  {
    id: "multiplicity-overview",
    title: "Multiplicity of all chambers, with reference",
    draw: (look) => multiplicityOverviewChart(healthy, { ...look, references: [against(deadLayer)] }),
  },
  {
    id: "cell-rate",
    title: "Rate of one cell",
    draw: (look) =>
      cellRateChart(
        Array.from({ length: 120 }, (_, i) => ({
          x: startMs + 30_000 * i,
          y: i > 60 && i < 70 ? null : 1.6 + 0.4 * wobble(i, 3),
        })),
        3,
        look,
      ),
  },
];

/** The same chart with other values and, if over time, another time range. */
export function withOtherNumbers(spec: ChartSpec): ChartSpec {
  const datasets = spec.data.datasets.map((dataset) => ({
    ...dataset,
    data: dataset.data.slice(1).map(({ x, y }, i) => ({ x, y: y === null ? null : y * (3 + wobble(i, 1)) })),
  }));
  const { min, max, ...axis } = spec.options?.scales?.["x"] ?? {};
  const back = Number(max) > startMs ? 300_000 : 0;
  const x = { ...axis, min: Number(min) - back, max: Number(max) - back };
  const options = { ...spec.options, scales: { ...spec.options?.scales, x } };
  return { ...spec, data: { datasets }, options };
}
