/**
 * The message of schema 1: the result of one window on `data_clean`. Its only definition is `schema/message.ts`, from which
 * `message.schema.json` is made. Readers accept unknown keys.
 */
import type { WindowMessage } from "./schema/message.js";

export const messageSchema = 1;

/** Maximum number of entries of one chamber in `active_tdc_chamber`. */
export const maxOrbitRanges = 2000;
/** The same for all chambers together. */
const maxOrbitRangesOfAll = 8000;

/** Maximum number of entries per chamber for this number of chambers: above four they share 8000. */
export function orbitRangesOf(chambers: number): number {
  return Math.min(maxOrbitRanges, Math.floor(maxOrbitRangesOfAll / chambers));
}
/** Maximum size of a message, bytes. */
export const maxMessageBytes = 200_000;
/** Maximum number of ranges of one source in `sources`. */
export const maxSourceRanges = 64;

/** By chamber: the keys are "0" to "N-1". The type names the usual four for convenience; any may be absent. */
export type PerChamber<T> = Record<string, T> & Record<"0" | "1" | "2" | "3", T>;

/** The values that distinguish the versions of a window's message. */
export type Version = Pick<WindowMessage, "revision" | "emitted_ms"> & { ledger: { rows: number } };

/**
 * Whether a message is older than one that was already read: it was made earlier, with fewer rows, or with as many and a
 * lower revision. A task on a host that lost its network may write its last messages after those of its replacement, which
 * counts its revisions from its last checkpoint. A message with more rows is never ignored: clocks of hosts may differ.
 */
export function isOutdated(message: Version, held: Version): boolean {
  if (message.emitted_ms >= held.emitted_ms) return false;
  const missing = held.ledger.rows - message.ledger.rows;
  return missing > 0 || (missing === 0 && message.revision < held.revision);
}

/** The keys of a message's chambers, in order. */
export function chamberKeysOf({ hit_count_chamber }: { hit_count_chamber: readonly unknown[] }): string[] {
  return hit_count_chamber.map((_, chamber) => String(chamber));
}

/**
 * The first `*_chamber` key whose chambers differ from those of `hit_count_chamber`; null if none does. Segments and noise
 * may be present for only some of the chambers.
 */
export function misfitOfChambers(value: { hit_count_chamber: readonly unknown[] }): string | null {
  const keys = chamberKeysOf(value);
  const isMisfit = ([name, part]: [string, unknown]): boolean => {
    if (!name.endsWith("_chamber") || Array.isArray(part)) return false;
    const own = Object.keys(part as object);
    const isWhole = own.length === keys.length || name === "segment_chamber" || name === "noise_chamber";
    return !isWhole || own.some((key) => !keys.includes(key));
  };
  return Object.entries(value).find(isMisfit)?.[0] ?? null;
}

export type {
  ActiveChannels,
  ChannelCounts,
  DriftTimes,
  MessageWindow,
  SourceRanges,
} from "./schema/message-parts.js";
export type { WindowMessage } from "./schema/message.js";
