/**
 * The message of schema 1: what one window gives on `data_clean`. Its one definition is `schema/message.ts`, from which
 * `message.schema.json` is made. Readers accept unknown keys.
 */

export const messageSchema = 1;

/** Largest number of entries of one chamber in `active_tdc_chamber`. */
export const maxOrbitRanges = 2000;
/** Of all chambers together. */
const maxOrbitRangesOfAll = 8000;

/** Largest number of entries of one chamber where there are so many chambers: above four they share 8000. */
export function orbitRangesOf(chambers: number): number {
  return Math.min(maxOrbitRanges, Math.floor(maxOrbitRangesOfAll / chambers));
}
/** Largest size of a message, bytes. */
export const maxMessageBytes = 200_000;
/** Largest number of ranges of one source in `sources`. */
export const maxSourceRanges = 64;

/** The key of a chamber: "0".."3". */
export type ChamberKey = "0" | "1" | "2" | "3";
export const chamberKeys: readonly ChamberKey[] = ["0", "1", "2", "3"];

export type PerChamber<T> = Record<ChamberKey, T>;

export type {
  ActiveChannels,
  ChannelCounts,
  DriftTimes,
  MessageWindow,
  SourceRanges,
} from "./schema/message-parts.js";
export type { WindowMessage } from "./schema/message.js";
