/** Recognises the layout from the beginning of an input, so that a wrong --layout is rejected before any row is lost. */
import { isHeader, versionOfWords } from "../../pipeline/steps/index.js";
import type { LayoutFamily } from "./layout.js";

interface Recognised {
  /** `padova-2021` for Muonitor's own columns. */
  layout: LayoutFamily;
  /** The evidence in words. */
  seen: string;
}

/** Minimum number of rows for a conclusion. */
const fewestRows = 20;
/** Fraction of the rows that must agree. */
const mostRows = 0.8;
/** Minimum fraction of hits among words; random bytes look like hits in 3 % of the words. */
const leastHits = 0.1;
const wordBytes = 8;
const lastBx = 3563;

/** @param head the first tens of kilobytes of an input. @returns null if no layout is certain enough */
function recognise(head: Uint8Array): Recognised | null {
  return isText(head.subarray(0, 4096)) ? recogniseText(head) : recogniseWords(head);
}

/** Words contain control characters, mostly zeros; text contains none in any encoding. */
function isText(bytes: Uint8Array): boolean {
  const controls = bytes.reduce((count, byte) => count + (byte < 9 || (byte > 13 && byte < 32) ? 1 : 0), 0);
  return controls * 20 < bytes.length;
}

function recogniseText(head: Uint8Array): Recognised | null {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  if (/^\s*[[{]/.test(text)) return recogniseJson(text);
  const lines = text.split("\n");
  if (lines.length > 1) lines.pop();
  const rows = lines.filter((line) => line.trim() !== "" && !isHeader(Buffer.from(line), 0, line.length));
  return recogniseMarked(rows) ?? recogniseColumns(rows);
}

function recogniseJson(text: string): Recognised | null {
  const hits = text.match(/"bctr"\s*:/g)?.length ?? 0;
  if (hits > 0 && /"arrival"\s*:/.test(text))
    return { layout: "snd-2025", seen: `${hits} objects with bctr and arrival` };
  const rows = text.match(/"TDC_CHANNEL"\s*:/g)?.length ?? 0;
  return rows > 0 ? { layout: "padova-2021", seen: `${rows} objects with TDC_CHANNEL` } : null;
}

function recogniseMarked(rows: readonly string[]): Recognised | null {
  const marked = rows.filter((row) => /^_ \d+(\.\d+)? \d+ \d+ \d+ \d+\r?$/.test(row)).length;
  if (marked === 0 || marked < rows.length * mostRows) return null;
  return { layout: "bologna-2022", seen: `${marked} rows that begin with _` };
}

function recogniseColumns(rows: readonly string[]): Recognised | null {
  const numbers = /^[-+\d.eE]+(,[-+\d.eE]+){5,6}\r?$/;
  const columns = rows.filter((row) => numbers.test(row));
  const heads = (head: number): number => columns.filter((row) => row.startsWith(`${head},`)).length;
  const enough = Math.max(fewestRows, rows.length * mostRows);
  const seen = (head: number): string => `${heads(head)} rows with HEAD ${head}`;
  if (heads(1) >= enough) return { layout: "padova-2019-text", seen: seen(1) };
  const isSeven = columns.filter((row) => row.split(",").length === 7).length;
  if (isSeven >= enough && heads(2) === 0)
    return { layout: "padova-2019-text", seen: `${isSeven} rows with seven columns` };
  const isOurs = heads(2) >= fewestRows && heads(2) > heads(1) && columns.length - isSeven >= enough;
  return isOurs ? { layout: "padova-2021", seen: seen(2) } : null;
}

function recogniseWords(head: Uint8Array): Recognised | null {
  const end = head.length - (head.length % wordBytes);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let hits = 0;
  for (let at = 0; at < end; at += wordBytes) {
    const [low, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const isHit =
      high >>> 29 === 2 && ((high >>> 26) & 7) < 2 && ((low >>> 5) & 0xfff) <= lastBx && (low & 31) < 31;
    if (isHit) hits += 1;
  }
  const words = end / wordBytes;
  const isWords =
    hits >= Math.max(fewestRows, words * leastHits) &&
    (hits > words / 2 || versionOfWords(view, 0, end) !== null);
  return isWords ? { layout: "padova-dat", seen: `${hits} words of hits` } : null;
}

/**
 * Why an input does not have the chosen layout, with the one that would fit; null if nothing contradicts the choice.
 * @param chosen null for Muonitor's own columns
 */
export function layoutFault(
  head: Uint8Array,
  chosen: LayoutFamily | null,
  format: "csv" | "json" | "dat",
): string | null {
  const found = recognise(head);
  if (found === null) return null;
  const asked = chosen ?? "padova-2021";
  const isWords = found.layout === "padova-dat";
  if (asked === found.layout || (isWords && (asked === "padova-dma" || format === "dat"))) return null;
  const isDefault = found.layout === "padova-2021";
  const remedy = isDefault ? "these columns need no --layout" : `did you mean --layout ${found.layout}?`;
  return `${found.seen}: ${remedy}`;
}
