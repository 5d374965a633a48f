/** Reads bytes with a layout, in pieces of any size. */
import { LayoutInputs, layoutOf } from "../../../producer/layouts/index.js";

interface LayoutRows {
  /** Rows as CSV, including run markers. */
  lines: string[];
  remarks: Record<string, number>;
  refusal: string | null;
}

/** @param name value of `--layout` */
export function readLayout(
  name: string,
  bytes: Uint8Array | string,
  { file = "file", skipBlocks = 0, pieceBytes = Infinity } = {},
): LayoutRows {
  const layout = layoutOf(name, skipBlocks);
  if (layout === null) throw new Error(`${name} has no adapter`);
  const input = new LayoutInputs(layout).begin(file);
  const all = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  let text = "";
  for (let at = 0; at < all.length; at += pieceBytes)
    text += Buffer.from(input.push(all.subarray(at, at + pieceBytes))).toString();
  text += Buffer.from(input.finish()).toString();
  return {
    lines: text.split("\n").filter((line) => line !== ""),
    remarks: Object.fromEntries(input.otherContent.counts),
    refusal: input.refusal,
  };
}
