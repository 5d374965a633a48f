/** One hostile corpus for the tests of all layers: raw bytes and their result according to the specification. */
import type { Ledger } from "../../pipeline/model/ledger.js";
import { csvCases } from "./csv-cases.js";
import { hugeCases } from "./huge-cases.js";
import { jsonCases } from "./json-cases.js";
import { wordCases } from "./word-cases.js";

/** How the bytes reach Muonitor: as a file in a format, or as a Kafka value of a topic of text or of words. */
export type HostileRoute = "csv" | "json" | "dat" | "message" | "words";

export interface HostileCase {
  name: string;
  /** Content, built at each call because some cases are large. */
  bytes: () => Uint8Array;
  /** The expected ledger for each route that the specification defines. */
  expected: Partial<Record<HostileRoute, Ledger>>;
}

export const hostileCorpus: readonly HostileCase[] = [...csvCases, ...jsonCases, ...wordCases, ...hugeCases];

/** [case, expected ledger] of the cases for one of the routes. */
export function casesOn(route: HostileRoute): { name: string; bytes: () => Uint8Array; ledger: Ledger }[] {
  return hostileCorpus.flatMap(({ name, bytes, expected }) => {
    const ledger = expected[route];
    return ledger === undefined ? [] : [{ name, bytes, ledger }];
  });
}
