/** The windows in the page. The state is immutable, so a paused page keeps the old state. */
import {
  trendPointOf,
  type Snapshot,
  type Totals,
  type TrendPoint,
  type WindowMessage,
  type WindowUpdate,
} from "../../../pipeline/model/index.js";
import { pictureOf, sumPictures, type Picture } from "./picture.js";

/** Number of whole windows in memory. */
export const fullWindows = 24;
/** Number of windows whose histograms are in memory: an hour of 5 s windows. */
const pictureWindows = 720;
/** Number of trend points in memory: three hours of 5 s windows. Longer ranges come from the bridge's long history. */
const trendWindows = 2160;

/** The histograms of one window. */
export interface HeldPicture {
  id: number;
  startMs: number;
  picture: Picture;
}

export interface LiveState {
  /** Trend points of all known windows, by start. */
  trend: readonly TrendPoint[];
  /** The newest whole windows, by start. */
  windows: readonly WindowMessage[];
  /** The histograms of the newest windows, by start, including those of all whole windows. */
  pictures: readonly HeldPicture[];
  totals: Totals | null;
}

export const emptyState: LiveState = { trend: [], windows: [], pictures: [], totals: null };

/** Adds the windows of the bridge; keeps windows that the bridge has dropped since. */
export function applySnapshot(state: LiveState, snapshot: Snapshot): LiveState {
  const filled = snapshot.windows.reduce(takeWindow, state);
  return { ...filled, trend: mergeTrend(filled.trend, snapshot.trend), totals: snapshot.totals };
}

/** Adds a new or a corrected window. */
export function applyUpdate(state: LiveState, update: WindowUpdate): LiveState {
  return { ...takeWindow(state, update.message), totals: update.totals };
}

/** Number of windows in `live` after the last one in `shown`: how far a paused page is behind. */
export function windowsBehind(live: LiveState, shown: LiveState): number {
  const last = shown.trend.at(-1)?.start_ms ?? -Infinity;
  return live.trend.length - 1 - live.trend.findLastIndex((point) => point.start_ms <= last);
}

/** The state when this window was the newest, as far as it is in memory; the totals of that time are not known. */
export function stateUpTo(state: LiveState, id: number): LiveState {
  if ((state.trend.at(-1)?.msg_ID ?? id) <= id) return state;
  return {
    trend: state.trend.filter(({ msg_ID }) => msg_ID <= id),
    windows: state.windows.filter(({ msg_ID }) => msg_ID <= id),
    pictures: state.pictures.filter((held) => held.id <= id),
    totals: null,
  };
}

export function newestWindow(state: LiveState): WindowMessage | null {
  return state.windows.at(-1) ?? null;
}

/**
 * The sum of `windows` windows up to and with number `upTo` (default: the newest); null if some of them are known but
 * not in memory.
 */
export function sumUpTo(state: LiveState, windows: number, upTo?: number): Picture | null {
  const { pictures, trend } = state;
  const end = upTo === undefined ? pictures.length : pictures.findIndex(({ id }) => id === upTo) + 1;
  const known = upTo === undefined ? trend.length : trend.findIndex(({ msg_ID }) => msg_ID === upTo) + 1;
  if (end === 0 || end < Math.min(windows, known)) return null;
  return sumPictures(pictures.slice(Math.max(0, end - windows), end).map(({ picture }) => picture));
}

function takeWindow(state: LiveState, message: WindowMessage): LiveState {
  const held = { id: message.msg_ID, startMs: message.window.start_ms, picture: pictureOf(message) };
  return {
    trend: mergeTrend(state.trend, [trendPointOf(message)]),
    windows: put(state.windows, message, startOfWindow, fullWindows),
    pictures: put(state.pictures, held, (one) => one.startMs, pictureWindows),
    totals: state.totals,
  };
}

function startOfWindow({ window }: WindowMessage): number {
  return window.start_ms;
}

/** Replaces the entry with the same start or inserts a new one in order; drops the oldest. */
function put<T>(held: readonly T[], fresh: T, startOf: (one: T) => number, most: number): T[] {
  const start = startOf(fresh);
  const place = held.findLastIndex((one) => startOf(one) <= start);
  const before = held[place];
  const replaces = before !== undefined && startOf(before) === start;
  const next = replaces ? held.with(place, fresh) : held.toSpliced(place + 1, 0, fresh);
  return next.length > most ? next.slice(-most) : next;
}

/** Merges points; later versions replace earlier ones, and the oldest points are dropped. */
function mergeTrend(old: readonly TrendPoint[], fresh: readonly TrendPoint[]): readonly TrendPoint[] {
  const startOf = (point: TrendPoint): number => point.start_ms;
  const [only] = fresh;
  if (only === undefined) return old;
  if (fresh.length === 1) return put(old, only, startOf, trendWindows);
  const merged = new Map([...old, ...fresh].map((point) => [point.start_ms, point]));
  return [...merged.values()].sort((a, b) => a.start_ms - b.start_ms).slice(-trendWindows);
}
