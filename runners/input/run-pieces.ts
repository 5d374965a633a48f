/** Rows with markers of runs that are cut into pieces: each piece says which run its first row is of. */
import { runMarker, runOfMarker } from "../../pipeline/model/index.js";

const lineFeed = 10;
const marker = Buffer.from("HEAD,run,");

/** The run that rows after bytes[start, end) are of, which begin at a line; `before` where no marker is among them. */
export function runAfter(
  bytes: Uint8Array,
  start: number,
  end: number,
  before: number | null,
): number | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  for (
    let at = buffer.lastIndexOf(marker);
    at >= 0;
    at = at === 0 ? -1 : buffer.lastIndexOf(marker, at - 1)
  ) {
    const run = at === 0 || buffer[at - 1] === lineFeed ? runOfMarker(buffer, at, buffer.length) : null;
    if (run !== null) return run;
  }
  return before;
}

export function markerBytes(run: number | null): Uint8Array {
  return Buffer.from(run === null ? "" : runMarker(run));
}
