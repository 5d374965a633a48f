/**
 * The bounded job, for a cluster: pieces of files → partial results → messages, kept in a folder that driver and workers
 * share. Everything is in the global window, and windows are keys: Beam's own clock would take times of a detector, which
 * begin at orbit 0, for late ones of 1970.
 */
import type { ResultSpan } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import { KeepMessagesFn, ListPiecesFn, ReadPiecesFn, type PieceElement } from "./bounded-functions.js";
import type { PartialElement } from "./functions.js";
import { bytesByText, coded, mergeWindows, textByText } from "./pipeline.js";
import { apply, groupByKey, impulse, parDo, withName, type Root } from "./sdk.js";

export interface BoundedJobOptions {
  config: PipelineConfig;
  /** Absolute path of the shared folder, see work-folder.ts. */
  folder: string;
  /** Which windows are whole. */
  span: ResultSpan;
}

export function boundedWindows(root: Root, { config, folder, span }: BoundedJobOptions): void {
  const start = apply(root, impulse());
  const listed = apply(start, withName("ListPieces", parDo(new ListPiecesFn(folder))));
  const pieces = apply(listed, coded<PieceElement>("Piece", textByText));
  // Grouping spreads the pieces over all workers.
  const spread = apply(pieces, withName("SpreadPieces", groupByKey<string, string>()));
  const read = apply(spread, withName("ReadPieces", parDo(new ReadPiecesFn(config, folder))));
  const partials = apply(read, coded<PartialElement>("Partial", bytesByText));
  const messages = apply(partials, mergeWindows(config, {}, span));
  apply(messages, withName("KeepMessages", parDo(new KeepMessagesFn(folder))));
}
