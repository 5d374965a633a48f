/** Reads the packets of a planned batch from the source again. */
import { InputError } from "../../pipeline/model/index.js";
import type { RowBlock, RowSource } from "../source.js";
import type { BatchPlan } from "./journal.js";

/** The rows of each packet as one block, which begins where its first row is. */
export async function* remadePackets(source: RowSource, { packets }: BatchPlan): AsyncGenerator<RowBlock> {
  for (const [rows, count] of packets) {
    for (let i = 0; i < count; i += 1) yield await readExactly(source, rows);
  }
}

async function readExactly(source: RowSource, wanted: number): Promise<RowBlock> {
  const blocks: RowBlock[] = [];
  let rows = 0;
  while (rows < wanted) {
    const block = await source.next(wanted - rows);
    if (block === null) throw new InputError(source.name, "has fewer rows than when it was read before");
    rows += block.rows;
    blocks.push(block);
  }
  const last = blocks.at(-1) as RowBlock;
  // Where the source goes on is what counts: the packet may begin in the input before.
  const start = last.start && { input: last.start.input, row: last.start.row + last.rows - rows };
  return {
    bytes: Buffer.concat(blocks.map(({ bytes }) => bytes)),
    rows,
    spent: rows,
    ...(start && { start }),
  };
}
