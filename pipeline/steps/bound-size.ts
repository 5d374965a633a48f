/** Keeps a message within the maximum size, whatever the window contains. */
import { maxMessageBytes, type ActiveChannels, type PerChamber, type WindowMessage } from "../model/index.js";

/** With fewer orbit ranges than this, a message of any content is small enough. */
const rangesBelowLimit = 2000;

const encoder = new TextEncoder();
const bytesOf = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

/**
 * Returns the message itself, or one with coarser orbit ranges of active channels: the range length of the chamber
 * with the most ranges is doubled until the message fits. Depends only on the whole window, so every runner gives the
 * same result.
 */
export function boundSize(message: WindowMessage): WindowMessage {
  const active = { ...message.active_tdc_chamber };
  if (rangesIn(active) < rangesBelowLimit) return message;
  let bytes = bytesOf(message);
  if (bytes <= maxMessageBytes) return message;
  while (bytes > maxMessageBytes) {
    const [key, ranges] = fullest(active);
    if (ranges.bin_edges.length <= 1) break;
    const longer = coarsened(ranges);
    bytes += bytesOf(longer) - bytesOf(ranges);
    active[key] = longer;
  }
  return { ...message, active_tdc_chamber: active };
}

type PerKey = PerChamber<ActiveChannels>;

function rangesIn(active: PerKey): number {
  return Object.values(active).reduce((sum, { bin_edges }) => sum + bin_edges.length, 0);
}

/** The chamber with the most ranges; the first one in a tie. */
function fullest(active: PerKey): [string, ActiveChannels] {
  return Object.entries(active).reduce((best, one) =>
    one[1].bin_edges.length > best[1].bin_edges.length ? one : best,
  );
}

/** The same counts with ranges of twice the length. */
function coarsened({ bin_edges, hist_counts, orbits_per_bin }: ActiveChannels): ActiveChannels {
  const length = 2 * orbits_per_bin;
  const longer: ActiveChannels = { bin_edges: [], hist_counts: [], orbits_per_bin: length };
  bin_edges.forEach((edge, i) => {
    const start = Math.floor(edge / length) * length;
    const last = longer.bin_edges.length - 1;
    if (longer.bin_edges[last] !== start) {
      longer.bin_edges.push(start);
      longer.hist_counts.push(hist_counts[i] as number);
    } else longer.hist_counts[last] = (longer.hist_counts[last] as number) + (hist_counts[i] as number);
  });
  return longer;
}
