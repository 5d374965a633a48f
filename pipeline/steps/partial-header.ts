/** Header of a partial result; see partial.ts. */
import {
  createLedger,
  FormatError,
  explainedRows,
  malformedReasons,
  readFates,
  type Ledger,
} from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";
import { ReadOutSums } from "./read-out.js";
import { readSources, writeSources, type Sources } from "./sources.js";

/** Format of partial results. Version 1 had one scintillator row per orbit and no trigger words. */
export const partialFormat = 2;

/** Counts of a partial result that belong to no orbit. */
export interface PartialHeader {
  /** Number of messages (topic records). */
  messages: number;
  ledger: Ledger;
  sources: Sources;
  /** Null when not requested. */
  readOut: ReadOutSums | null;
  /** Largest run number of the rows, null when unknown. */
  run: number | null;
}

const [hasReadOut, hasRun] = [1, 2];

export function createPartialHeader(): PartialHeader {
  return { messages: 0, ledger: createLedger(), sources: new Map(), readOut: null, run: null };
}

export function writeHeader(writer: ByteWriter, header: PartialHeader): void {
  const { messages, ledger, sources, readOut, run } = header;
  writer.varint(partialFormat);
  writer.varint(messages);
  for (const reason of malformedReasons) writer.varint(ledger.malformed_reasons?.[reason] ?? 0);
  for (const fate of readFates) writer.varint(ledger[fate]);
  writeSources(writer, sources);
  writer.varint((readOut === null ? 0 : hasReadOut) + (run === null ? 0 : hasRun));
  readOut?.write(writer);
  if (run !== null) writer.varint(run);
}

/** @throws FormatError when the bytes end too early or are not a partial result */
export function readHeader(reader: ByteReader): PartialHeader {
  const header = readCounts(reader);
  const parts = reader.varint();
  if ((parts & hasReadOut) !== 0) header.readOut = ReadOutSums.read(reader);
  if ((parts & hasRun) !== 0) header.run = reader.varint();
  return header;
}

/** The header without its read-out and run. @throws FormatError as {@link readHeader} */
export function readCounts(reader: ByteReader): PartialHeader {
  const found = reader.varint();
  if (found !== partialFormat) throw new FormatError(wrongVersion(found));
  const header = createPartialHeader();
  header.messages = reader.varint();
  const { ledger } = header;
  for (const reason of malformedReasons) {
    const count = reader.varint();
    if (count === 0) continue;
    (ledger.malformed_reasons ??= {})[reason] = count;
    ledger.malformed += count;
  }
  for (const fate of readFates) ledger[fate] = reader.varint();
  ledger.rows = explainedRows(ledger);
  header.sources = readSources(reader);
  return header;
}

function wrongVersion(found: number): string {
  return found === 1
    ? "partial results of an older Muonitor cannot be read: submit the job without its savepoint"
    : "not a partial result of this version";
}
