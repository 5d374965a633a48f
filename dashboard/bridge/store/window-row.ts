/** A window as a row of the store: counts in columns, cells as bytes, the message compressed. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  cellsPerChamber,
  chamberKeysOf,
  knownUnmapped,
  ledgerKeys,
  maxChambers,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import type { Row, Value } from "./database.js";

export function windowValues(message: WindowMessage): Value[] {
  const { ledger, window } = message;
  const body = deflateRawSync(JSON.stringify(message), { level: 3 });
  return [
    window.start_ms,
    window.end_ms,
    message.msg_ID,
    message.revision,
    message.partial ? 1 : 0,
    ...ledgerKeys.map((key) => ledger[key]),
    ...Array.from({ length: maxChambers }, (_, chamber) => message.hit_count_chamber[chamber] ?? null),
    knownUnmapped(message),
    bytesOf(cellsOf(message)),
    body,
  ];
}

export function messageOfRow(row: Row): WindowMessage {
  return JSON.parse(inflateRawSync(row["body"] as Uint8Array).toString()) as WindowMessage;
}

function cellsOf(message: WindowMessage): Uint32Array {
  const keys = chamberKeysOf(message);
  const all = new Uint32Array(keys.length * cellsPerChamber);
  keys.forEach((key, chamber) =>
    all.set(message.tdc_counts_chamber[key]?.hist_counts ?? [], chamber * cellsPerChamber),
  );
  return all;
}

/** Hits of one cell (chamber x 64 + cell) in the bytes of a row; 0 if they do not contain its chamber. */
export function cellIn(bytes: Uint8Array, cell: number): number {
  if (bytes.length < (cell + 1) * 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(cell * 4, true);
}

/** The sum of the cells of several rows. */
export function sumCells(rows: readonly Row[]): Uint8Array {
  const all = rows.map((row) => row["cells"] as Uint8Array);
  const cells = Math.max(0, ...all.map(({ length }) => length / 4));
  const sum = new Uint32Array(cells);
  for (const bytes of all) {
    for (let cell = 0; cell < cells; cell += 1) sum[cell] = (sum[cell] as number) + cellIn(bytes, cell);
  }
  return bytesOf(sum);
}

function bytesOf(values: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => view.setUint32(i * 4, value, true));
  return new Uint8Array(view.buffer);
}
