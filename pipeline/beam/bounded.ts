/**
 * The bounded job for a cluster: file pieces → partial results → messages, in a folder shared by driver and workers.
 * Everything is in the global window and windows are keys: Beam's event-time clock would treat detector times, which
 * start at orbit 0, as late data of 1970.
 */
import type { ResultSpan } from "../model/index.js";
import type { PipelineConfig } from "../steps/index.js";
import { KeepMessagesFn, ListPiecesFn, ReadPiecesFn, type PieceElement } from "./bounded-functions.js";
import type { PartialElement } from "./functions.js";
import { bytesByText, coded, mergeWindows, textByText } from "./pipeline.js";
import { apply, groupByKey, impulse, parDo, withName, type Root } from "./sdk.js";

export interface BoundedJobOptions {
  config: PipelineConfig;
  /** Absolute path of the shared folder; see work-folder.ts. */
  folder: string;
  /** Determines which windows are complete. */
  span: ResultSpan;
}

export function boundedWindows(root: Root, { config, folder, span }: BoundedJobOptions): void {
  const start = apply(root, impulse());
  const listed = apply(start, withName("ListPieces", parDo(new ListPiecesFn(folder))));
  const pieces = apply(listed, coded<PieceElement>("Piece", textByText));
  // Grouping distributes the pieces over all workers.
  const spread = apply(pieces, withName("SpreadPieces", groupByKey<string, string>()));
  const read = apply(spread, withName("ReadPieces", parDo(new ReadPiecesFn(config, folder))));
  const partials = apply(read, coded<PartialElement>("Partial", bytesByText));
  const messages = apply(partials, mergeWindows(config, {}, span));
  apply(messages, withName("KeepMessages", parDo(new KeepMessagesFn(folder))));
}
