/** Compares a file with an object's ETag: the MD5 of its content, or of the MD5s of its parts. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const mib = 1 << 20;
/** Part sizes of the usual tools, in MiB. */
const usualPartsMiB = [5, 8, 10, 15, 16, 25, 32, 50, 64, 100, 128, 256, 500, 512, 1024];
const readBytes = 1 << 20;

/** `unknown`: the ETag is not a checksum, or the sizes of its parts are unknown. */
export type Verdict = "same" | "different" | "unknown";

/**
 * @param size size of the file in bytes
 * @param firstPart size of the object's first part; null if unknown
 */
export async function compareWithEtag(
  path: string,
  size: number,
  etag: string,
  firstPart: number | null = null,
): Promise<Verdict> {
  if (/^[0-9a-f]{32}$/i.test(etag)) {
    return (await etagOfFile(path, null)) === etag.toLowerCase() ? "same" : "different";
  }
  for (const partBytes of partSizes(size, partsOf(etag), firstPart)) {
    if ((await etagOfFile(path, partBytes)) === etag.toLowerCase()) return "same";
  }
  return "unknown";
}

/** Like {@link compareWithEtag}, if the sizes of all parts are known. */
export async function compareWithParts(
  path: string,
  etag: string,
  sizes: readonly number[],
): Promise<Exclude<Verdict, "unknown">> {
  const found = await etagOfParts(path, (part) => sizes[part] ?? Infinity);
  return found === etag.toLowerCase() ? "same" : "different";
}

/** Number of parts in an ETag; 0 if the object was uploaded in one piece. */
export function partsOf(etag: string): number {
  return Number(/^[0-9a-f]{32}-(\d+)$/i.exec(etag)?.[1] ?? 0);
}

/** Part sizes for which an object of `size` bytes has `parts` parts. */
export function partSizes(size: number, parts: number, firstPart: number | null): number[] {
  if (parts === 0) return [];
  const usual = usualPartsMiB.map((count) => count * mib);
  const even = Math.ceil(size / parts / mib) * mib;
  const candidates = [...(firstPart === null ? [] : [firstPart]), ...usual, even];
  return [...new Set(candidates)].filter(
    (bytes) => bytes > 0 && Math.max(1, Math.ceil(size / bytes)) === parts,
  );
}

/** @param partBytes size of the parts; null for an object uploaded in one piece */
export async function etagOfFile(path: string, partBytes: number | null): Promise<string> {
  if (partBytes !== null) return etagOfParts(path, () => partBytes);
  const whole = createHash("md5");
  for await (const chunk of createReadStream(path, { highWaterMark: readBytes }))
    whole.update(chunk as Buffer);
  return whole.digest("hex");
}

/** @param sizeOf size of each part, from 0 on */
async function etagOfParts(path: string, sizeOf: (part: number) => number): Promise<string> {
  const whole = createHash("md5");
  let parts = 0;
  let part = createHash("md5");
  let left = sizeOf(parts);
  let isEmpty = true;
  const endPart = (): void => {
    whole.update(part.digest());
    part = createHash("md5");
    left = sizeOf((parts += 1));
    isEmpty = true;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: readBytes })) {
    for (let rest = chunk as Buffer; rest.length > 0;) {
      const piece = rest.subarray(0, left);
      part.update(piece);
      isEmpty = false;
      left -= piece.length;
      rest = rest.subarray(piece.length);
      if (left === 0) endPart();
    }
  }
  if (!isEmpty || parts === 0) endPart();
  return `${whole.digest("hex")}-${parts}`;
}
