/** Muons of the newest windows as events: the segments of one orbit. */
import type { MuonSegment, WindowMessage } from "../../../pipeline/model/index.js";

export interface MuonEvent {
  orbit: number;
  /** Window of the event. */
  windowId: number;
  startMs: number;
  segments: readonly MuonSegment[];
  /** Trigger words of the window; absent if it has none. */
  triggerWords?: NonNullable<WindowMessage["trigger_words"]>;
}

/**
 * Events of the windows, newest window first. Within a window they keep the order of the message, in which events
 * with segments in several chambers come first.
 * @param chamber only events with a segment in it; null for all
 */
export function eventsOf(windows: readonly WindowMessage[], chamber: number | null): MuonEvent[] {
  return windows.toReversed().flatMap(({ msg_ID: windowId, muons = [], window, trigger_words: words }) => {
    const orbits = new Map<number, MuonSegment[]>();
    for (const segment of muons) orbits.set(segment.orbit, [...(orbits.get(segment.orbit) ?? []), segment]);
    return [...orbits]
      .map(([orbit, segments]) => ({
        ...{ orbit, windowId, startMs: window.start_ms, segments },
        ...(words === undefined ? {} : { triggerWords: words }),
      }))
      .filter(({ segments }) => chamber === null || segments.some((one) => one.chamber === chamber));
  });
}
