/** The evidence for the logbook: the view with its numbers, for later analysis without the page. */
import {
  ledgerGap,
  type Alarm,
  type Ledger,
  type Quality,
  type Run,
  type SystemStatus,
} from "../../../pipeline/model/index.js";
import type { Picture as WindowPicture } from "../live/picture.js";
import type { Picture } from "./html.js";
import { count, plural, utcDateTime } from "../words/format.js";

export const evidenceSchema = 1;

export type EvidencePlot = Picture;

export interface Evidence {
  schema: typeof evidenceSchema;
  /** Server clock, ms. */
  taken_ms: number;
  by: string;
  stream: string;
  source: string;
  demo: boolean;
  version: string;
  run: Run | null;
  /** Address of this view. */
  link: string;
  /** Whether the link is valid only on this machine. */
  link_is_local: boolean;
  connection: string;
  data_age_ms: number | null;
  /** Newest window shown. */
  window_id: number | null;
  /** Known windows in the histograms; `picture` contains the total number. */
  window_ids: number[];
  /** Ledger of the newest window shown. */
  ledger: Ledger | null;
  /** Ledger of all windows since start. */
  ledger_since_start: Ledger | null;
  /** Number of unmapped rows in both ledgers whose channels the detector file names. */
  known_unmapped: { window: number; since_start: number };
  late: SystemStatus["late"];
  hops: SystemStatus["hops"];
  quality: Quality | null;
  /** Names of the chambers, in order. */
  chamber_names: string[];
  /** Active alarms. */
  alarms: Alarm[];
  reference: string | null;
  /** The histograms shown. */
  picture: WindowPicture | null;
}

/**
 * A ledger as one line: 100 rows = 60 hits + ...
 * @param known unmapped rows whose channels the detector file names; null if unknown
 */
export function ledgerLine(ledger: Ledger, known: number | null = 0): string {
  const { rows, hits, scintillator, head_rejected: head, unmapped, malformed } = ledger;
  const terms: [number, string][] = [
    [hits, "hits"],
    [scintillator, "scintillator"],
    [head, "status words"],
    ...(known === null || known === 0 ? [] : [[known, "read-out's own"] satisfies [number, string]]),
    known === null ? [unmapped, "unmapped or read-out's own"] : [unmapped - known, "unmapped"],
    [malformed, "malformed"],
  ];
  const sum = `${count(rows)} rows = ${terms.map(([value, name]) => `${count(value)} ${name}`).join(" + ")}`;
  const gap = ledgerGap(ledger);
  return gap === 0 ? `${sum}; all rows accounted for` : `${sum}; ${count(gap)} rows unaccounted for`;
}

/** Number of windows in the histograms, and their time. */
export function summedWords({ picture }: Pick<Evidence, "picture">): string {
  if (picture?.startMs == null || picture.endMs === null) return "none";
  const { windows, startMs, endMs } = picture;
  return `${plural(windows, "window")}, ${utcDateTime(startMs)} to ${utcDateTime(endMs)} UTC`;
}

/** The numbers of the windows in the histograms, as far as known. */
export function numbersWords({ picture, window_ids: ids }: Pick<Evidence, "picture" | "window_ids">): string {
  const unknown = (picture?.windows ?? 0) - ids.length;
  const words = windowRange(ids);
  return unknown > 0 ? `${words}; the numbers of ${plural(unknown, "more window")} are not known` : words;
}

/** 352 to 360; with gaps, both ends and the count. */
function windowRange(ids: readonly number[]): string {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return "none";
  if (first === last) return String(first);
  const missing = last - first + 1 - ids.length;
  return `${first} to ${last} (${ids.length}${missing > 0 ? `, ${missing} missing in between` : ""})`;
}
