/**
 * Shard results of a stream. After a late firing, a window has the old and the new result of the shard, and only the
 * newest counts. With accumulating panes, each firing contains the whole content of its window.
 */
import { ByteReader, ByteWriter } from "../steps/index.js";

interface ShardPane {
  shard: number;
  /** Index of the firing; increases by one with each firing. */
  pane: number;
  /** An encoded shard result. */
  result: Uint8Array;
}

export function encodeShardPane({ shard, pane, result }: ShardPane): Uint8Array {
  const writer = new ByteWriter(result.length + 16);
  writer.varint(shard);
  writer.varint(pane);
  writer.raw(result);
  return writer.view();
}

function decodeShardPane(bytes: Uint8Array): ShardPane {
  const reader = new ByteReader(bytes);
  return { shard: reader.varint(), pane: reader.varint(), result: bytes.subarray(reader.at) };
}

/** The newest result of every shard. */
export function newestPanes(elements: Iterable<Uint8Array>): Uint8Array[] {
  const newest = new Map<number, ShardPane>();
  for (const element of elements) {
    const pane = decodeShardPane(element);
    const known = newest.get(pane.shard);
    if (known === undefined || pane.pane > known.pane) newest.set(pane.shard, pane);
  }
  return [...newest.values()].map(({ result }) => result);
}
