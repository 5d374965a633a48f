/** Inputs far larger than the memory limit of a run, with their expected results. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Ledger } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";
import { seeded } from "../../helpers/messages.js";
import { ledgerWith } from "../../reference/plain-ledger.js";

/** Writes pieces one after another, with no more of them in memory than the stream requests. */
async function writePieces(path: string, pieces: Iterable<Uint8Array | string>): Promise<void> {
  const stream = createWriteStream(path);
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, "drain");
  stream.end();
  await finished(stream);
}

function* repeated(piece: Uint8Array, times: number): Generator<Uint8Array> {
  for (let i = 0; i < times; i += 1) yield piece;
}

/** A few seconds of the simulator's rows, repeated. */
export async function writeFewWindows(path: string, bytes: number): Promise<Ledger> {
  const simulator = new Simulator({ seed: 11, rateHz: 20_000, firstOrbit: 3_000_000_000 });
  const block = simulator.next(200_000).bytes;
  const times = Math.ceil(bytes / block.length);
  await writePieces(path, repeated(block, times));
  const { ledger } = simulator.truth();
  return ledgerWith({
    malformed: times * ledger.malformed,
    head_rejected: times * ledger.head_rejected,
    unmapped: times * ledger.unmapped,
    scintillator: times * ledger.scintillator,
    hits: times * ledger.hits,
  });
}

/** Random orbits over all 32 bits: every window of the counter's range contains rows of every bundle. */
export async function writeRandomOrbits(path: string, bytes: number): Promise<Ledger> {
  const random = seeded(5);
  const rowsPerPiece = 10_000;
  const bytesPerRow = 24;
  const pieces = Math.ceil(bytes / (rowsPerPiece * bytesPerRow));
  await writePieces(path, randomPieces(random, pieces, rowsPerPiece));
  return ledgerWith({ hits: (pieces * rowsPerPiece * 9) / 10, scintillator: (pieces * rowsPerPiece) / 10 });
}

function* randomPieces(random: () => number, pieces: number, rows: number): Generator<string> {
  for (let piece = 0; piece < pieces; piece += 1) {
    yield Array.from({ length: rows }, (_, i) => {
      const place = i % 10 === 0 ? "1,128" : `${i % 2},${i % 128}`;
      return `2,${place},${Math.floor(random() * 4_294_967_296)},${1000 + (i % 2000)},${i % 30}\n`;
    }).join("");
  }
}

/** One JSON array of hits. */
export async function writeArray(path: string, bytes: number): Promise<Ledger> {
  const element = (i: number): string =>
    `{"HEAD":2,"FPGA":0,"TDC_CHANNEL":${i % 128},"ORBIT_CNT":${3_387_200_000 + i},"BX_COUNTER":${i % 3564},"TDC_MEAS":5.0}`;
  const elementsPerPiece = 10_000;
  const piece = Buffer.from(Array.from({ length: elementsPerPiece }, (_, i) => `${element(i)},\n`).join(""));
  const times = Math.ceil(bytes / piece.length);
  const pieces = function* (): Generator<Uint8Array | string> {
    yield "[";
    yield* repeated(piece, times);
    yield `${element(0)}]\n`;
  };
  await writePieces(path, pieces());
  return ledgerWith({ hits: times * elementsPerPiece + 1 });
}

/** One line, then a row. */
export async function writeSingleLine(path: string, bytes: number): Promise<Ledger> {
  const piece = Buffer.alloc(1 << 20, "2,0,1,7,5,5,");
  const pieces = function* (): Generator<Uint8Array | string> {
    yield* repeated(piece, Math.ceil(bytes / piece.length));
    yield "\n2,0,1,7,5,5\n";
  };
  await writePieces(path, pieces());
  return ledgerWith({ malformed: 1, hits: 1 });
}
