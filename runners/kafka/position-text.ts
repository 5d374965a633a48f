/**
 * Positions in a topic as users write them: an end, an offset, a number of records before the end, a time; and by
 * partition: `0=1200,3=2026-11-21T16:00,earliest`.
 */

export type TopicPosition =
  | { kind: "earliest" }
  | { kind: "latest" }
  | { kind: "offset"; offset: bigint }
  /** A number of offsets before the end. */
  | { kind: "back"; count: bigint }
  /** The first record at or after this time, ms since the Unix epoch. */
  | { kind: "time"; ms: number };

export const positionWords =
  "earliest, latest, an offset (also offset:N), -N for N before the end, a time or an age such as -15m";

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @param nowMs reference for ages */
export function parsePosition(text: string, nowMs = Date.now()): TopicPosition {
  const words = text.trim();
  if (words === "earliest" || words === "latest") return { kind: words };
  const offset = /^(offset:)?(\d{1,18})$/.exec(words);
  if (offset?.[1] === undefined) refuseTime(words);
  if (offset !== null) return { kind: "offset", offset: BigInt(offset[2] as string) };
  if (/^-\d{1,18}$/.test(words)) return { kind: "back", count: BigInt(words.slice(1)) };
  const age = /^-(\d{1,9})([smhd])$/.exec(words);
  if (age !== null)
    return { kind: "time", ms: nowMs - Number(age[1]) * unitsMs[age[2] as keyof typeof unitsMs] };
  const ms = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$/.test(words) ? Date.parse(withZone(words)) : NaN;
  if (Number.isNaN(ms)) throw new Error(`must be ${positionWords}, not "${text}"`);
  return { kind: "time", ms };
}

/** Times of the years 2001 to 2100 in ms and in us, as other tools write them; offsets never get that large. */
const [firstMs, lastMs] = [1e12, 4.1e12];

/** @throws Error for a number that is a time and not an offset */
function refuseTime(words: string): void {
  const number = /^\d{13,16}$/.test(words) ? Number(words) : 0;
  const ms = [number, number / 1000].find((value) => value >= firstMs && value <= lastMs);
  if (ms === undefined) return;
  const time = new Date(ms).toISOString();
  throw new Error(`"${words}" looks like a time: write ${time}, or offset:${words} for an offset`);
}

/** A time without a zone is UTC, as everywhere in this project. */
function withZone(text: string): string {
  const iso = text.replace(" ", "T");
  return /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes("T") ? iso : `${iso}Z`;
}

export interface PartitionPositions {
  /** Position in all partitions that are not named. */
  others: TopicPosition;
  named: ReadonlyMap<number, TopicPosition>;
}

export const partitionPositionWords = `${positionWords}; or PARTITION=POSITION for some partitions, separated by commas`;

/** @param others position in partitions that the text does not name */
export function parsePartitionPositions(text: string, others: TopicPosition): PartitionPositions {
  const named = new Map<number, TopicPosition>();
  let rest: TopicPosition | null = null;
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,6})=(.*)$/.exec(part);
    if (match === null) {
      if (rest !== null) throw new Error(`names two positions for all partitions: "${text}"`);
      rest = parsePosition(part);
      continue;
    }
    const partition = Number(match[1]);
    if (named.has(partition)) throw new Error(`names partition ${partition} twice`);
    named.set(partition, parsePosition(match[2] as string));
  }
  return { others: rest ?? others, named };
}
