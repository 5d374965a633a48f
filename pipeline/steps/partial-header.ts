/** Header of a partial result, see partial.ts. */
import { createLedger, FormatError, malformedReasons, type Ledger } from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";
import { readSources, writeSources, type Sources } from "./sources.js";

const version = 1;

/** What a partial result knows besides its orbits. */
export interface PartialHeader {
  /** Messages (records of the topic) that were counted. */
  messages: number;
  ledger: Ledger;
  sources: Sources;
}

export function createPartialHeader(): PartialHeader {
  return { messages: 0, ledger: createLedger(), sources: new Map() };
}

export function writeHeader(writer: ByteWriter, { messages, ledger, sources }: PartialHeader): void {
  writer.varint(version);
  writer.varint(messages);
  for (const reason of malformedReasons) writer.varint(ledger.malformed_reasons?.[reason] ?? 0);
  for (const count of [ledger.head_rejected, ledger.unmapped, ledger.scintillator, ledger.hits])
    writer.varint(count);
  writeSources(writer, sources);
}

/** @throws FormatError when the bytes end too early or are not a partial result */
export function readHeader(reader: ByteReader): PartialHeader {
  if (reader.varint() !== version) throw new FormatError("not a partial result of this version");
  const header = createPartialHeader();
  header.messages = reader.varint();
  const { ledger } = header;
  for (const reason of malformedReasons) {
    const count = reader.varint();
    if (count === 0) continue;
    (ledger.malformed_reasons ??= {})[reason] = count;
    ledger.malformed += count;
  }
  ledger.head_rejected = reader.varint();
  ledger.unmapped = reader.varint();
  ledger.scintillator = reader.varint();
  ledger.hits = reader.varint();
  ledger.rows = ledger.malformed + ledger.head_rejected + ledger.unmapped + ledger.scintillator + ledger.hits;
  header.sources = readSources(reader);
  return header;
}
