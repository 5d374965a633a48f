/** The evidence for the logbook: what was seen, with the numbers, so that it can be judged later without the page. */
import {
  ledgerGap,
  type Alarm,
  type Ledger,
  type Quality,
  type Run,
  type SystemStatus,
} from "../../../pipeline/model/index.js";
import type { Picture } from "../live/picture.js";

export const evidenceSchema = 1;

export interface EvidencePlot {
  title: string;
  /** PNG as a data URL. */
  image: string;
}

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
  /** The page at this view. */
  link: string;
  connection: string;
  data_age_ms: number | null;
  /** Newest window that is shown, and all that the histograms sum. */
  window_id: number | null;
  window_ids: number[];
  /** Of the newest window that is shown. */
  ledger: Ledger | null;
  /** Of all windows since start. */
  ledger_since_start: Ledger | null;
  late: SystemStatus["late"];
  hops: SystemStatus["hops"];
  quality: Quality | null;
  /** Those that stand. */
  alarms: Alarm[];
  reference: string | null;
  /** The histograms that are shown. */
  picture: Picture | null;
}

/** The numbers of a ledger as one line: 100 rows = 60 hits + ... */
export function ledgerLine(ledger: Ledger): string {
  const { rows, hits, scintillator, head_rejected: head, unmapped, malformed } = ledger;
  const sum = `${rows} rows = ${hits} hits + ${scintillator} scintillator + ${head} wrong HEAD + ${unmapped} unmapped + ${malformed} malformed`;
  const gap = ledgerGap(ledger);
  return gap === 0 ? `${sum}; adds up` : `${sum}; ${gap} rows unexplained`;
}

/** 352 to 360, or both ends and how many when some are missing in between. */
export function windowRange(ids: readonly number[]): string {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return "none";
  if (first === last) return String(first);
  const missing = last - first + 1 - ids.length;
  return `${first} to ${last} (${ids.length}${missing > 0 ? `, ${missing} missing in between` : ""})`;
}
