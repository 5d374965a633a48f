/** The header of a gzip member (RFC 1952, section 2.3). */
import { startsMember, type GzipSource } from "./source.js";

const fixedBytes = 10;
const [headerSum, extraField, fileName, comment] = [2, 4, 8, 16];

/** Consumes the header of a member; returns `none`, and consumes nothing, when there is none. */
export async function takeHeader(source: GzipSource): Promise<"whole" | "cut" | "none"> {
  const fixed = await source.take(fixedBytes);
  if (!startsMember(fixed)) {
    source.giveBack(fixed.length);
    return "none";
  }
  if (fixed.length < fixedBytes) return "cut";
  const flags = fixed[3] as number;
  const isWhole =
    ((flags & extraField) === 0 || (await takeExtraField(source))) &&
    ((flags & fileName) === 0 || (await takeText(source))) &&
    ((flags & comment) === 0 || (await takeText(source))) &&
    ((flags & headerSum) === 0 || (await source.take(2)).length === 2);
  return isWhole ? "whole" : "cut";
}

async function takeExtraField(source: GzipSource): Promise<boolean> {
  const [low, high] = await source.take(2);
  if (low === undefined || high === undefined) return false;
  const length = low + 256 * high;
  return (await source.take(length)).length === length;
}

/** Consumes a zero-terminated text. */
async function takeText(source: GzipSource): Promise<boolean> {
  for (;;) {
    const block = await source.take(256);
    if (block.length === 0) return false;
    const end = block.indexOf(0);
    if (end < 0) continue;
    source.giveBack(block.length - end - 1);
    return true;
  }
}
