/**
 * A run number is transported with the rows as a line `HEAD,run,591`. Readers do not treat a line whose first field is HEAD
 * as data, so it is never counted; the rows after it in the same value belong to that run.
 */

/** The run word of the read-out has 32 bits. */
export const maxRunWord = 4294967295;

const prefix = Uint8Array.from("HEAD,run,", (letter) => letter.charCodeAt(0));
const [lineFeed, carriageReturn, zero, nine] = [10, 13, 48, 57];
const longestNumber = 10;

export function runMarker(run: number): string {
  return `HEAD,run,${run}\n`;
}

/** The run of the marker that begins at `start`; null if there is none. @param end end of the bytes, or of the line */
export function runOfMarker(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start + prefix.length;
  if (at >= end || bytes[start] !== prefix[0]) return null;
  for (let i = 1; i < prefix.length; i += 1) if (bytes[start + i] !== prefix[i]) return null;
  let run = 0;
  const from = at;
  for (
    let byte = bytes[at];
    at < end && byte !== undefined && byte >= zero && byte <= nine;
    byte = bytes[(at += 1)]
  )
    run = run * 10 + byte - zero;
  const isEnded = at === end || bytes[at] === lineFeed || bytes[at] === carriageReturn;
  return isEnded && at > from && at - from <= longestNumber && run <= maxRunWord ? run : null;
}
