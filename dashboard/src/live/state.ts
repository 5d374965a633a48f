/** What the page knows of the windows. Every change makes a new state, so a paused page just keeps the old one. */
import {
  trendPointOf,
  type Snapshot,
  type Totals,
  type TrendPoint,
  type WindowMessage,
  type WindowUpdate,
} from "../../../pipeline/model/index.js";
import { addPictures, pictureOf, sumPictures, type Picture } from "./picture.js";

/** Windows held in full, for sums over the last windows. */
export const fullWindows = 24;
/** Windows held in short: four hours of 5 s. */
export const trendWindows = 2880;

export interface LiveState {
  /** Every known window in short, by start. */
  trend: TrendPoint[];
  /** The newest windows in full, by start. */
  windows: WindowMessage[];
  /** All that this page has seen in full, corrected windows in their last version. */
  sum: Picture | null;
  totals: Totals | null;
}

export const emptyState: LiveState = { trend: [], windows: [], sum: null, totals: null };

/** Takes in what the bridge holds; windows that it has forgotten meanwhile stay. */
export function applySnapshot(state: LiveState, snapshot: Snapshot): LiveState {
  const filled = snapshot.windows.reduce(takeWindow, state);
  return {
    ...filled,
    trend: mergeTrend(filled.trend, snapshot.trend),
    totals: snapshot.totals,
  };
}

/** Takes in a new or a corrected window. */
export function applyUpdate(state: LiveState, update: WindowUpdate): LiveState {
  return { ...takeWindow(state, update.message), totals: update.totals };
}

/** Windows that `live` has and `shown` has not: how far a paused page is behind. */
export function windowsBehind(live: LiveState, shown: LiveState): number {
  const last = shown.trend.at(-1)?.start_ms ?? -Infinity;
  return live.trend.length - 1 - live.trend.findLastIndex((point) => point.start_ms <= last);
}

export function newestWindow(state: LiveState): WindowMessage | null {
  return state.windows.at(-1) ?? null;
}

function takeWindow(state: LiveState, message: WindowMessage): LiveState {
  const before = state.windows.find(({ msg_ID }) => msg_ID === message.msg_ID);
  const known = state.trend.some(({ msg_ID }) => msg_ID === message.msg_ID);
  const others = state.windows.filter((window) => window !== before);
  return {
    trend: mergeTrend(state.trend, [trendPointOf(message)]),
    windows: insertByStart(others, message).slice(-fullWindows),
    sum: nextSum(state.sum, message, before, known),
    totals: state.totals,
  };
}

/** A correction of a window whose old version is gone cannot be added without counting it twice: it is left out. */
function nextSum(
  sum: Picture | null,
  message: WindowMessage,
  before: WindowMessage | undefined,
  known: boolean,
): Picture | null {
  if (sum === null) return sumPictures([message]);
  if (before !== undefined) return addPictures(addPictures(sum, pictureOf(before), -1), pictureOf(message));
  return known ? sum : addPictures(sum, pictureOf(message));
}

function insertByStart(windows: WindowMessage[], message: WindowMessage): WindowMessage[] {
  const place = windows.findLastIndex(({ window }) => window.start_ms <= message.window.start_ms) + 1;
  return windows.toSpliced(place, 0, message);
}

/** Later versions win; the oldest points are let go. */
function mergeTrend(old: TrendPoint[], fresh: TrendPoint[]): TrendPoint[] {
  const ids = new Set(fresh.map(({ msg_ID }) => msg_ID));
  const merged = [...old.filter(({ msg_ID }) => !ids.has(msg_ID)), ...fresh];
  return merged.sort((a, b) => a.start_ms - b.start_ms).slice(-trendWindows);
}
