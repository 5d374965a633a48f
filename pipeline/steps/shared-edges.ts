/** Cached bin edges and their JSON, shared by all messages of a detector: creating them costs more than the counts. */
import { channelNumbers, edgesOf, type AxisConfig, type ChamberConfig } from "../model/index.js";

const edgesByAxis = new WeakMap<AxisConfig, readonly number[]>();
const channelsByChamber = new WeakMap<ChamberConfig, readonly number[]>();
const texts = new WeakMap<readonly number[], string>();

/** The edges of an axis, frozen. */
export function sharedEdges(axis: AxisConfig): readonly number[] {
  return held(edgesByAxis, axis, () => Object.freeze(edgesOf(axis)));
}

/** The channel numbers of a chamber, frozen. */
export function sharedChannels(chamber: ChamberConfig): readonly number[] {
  return held(channelsByChamber, chamber, () => Object.freeze(channelNumbers(chamber)));
}

/** JSON of an array, made once if it is frozen. */
export function edgesText(edges: readonly number[]): string {
  if (!Object.isFrozen(edges)) return JSON.stringify(edges);
  return held(texts, edges, () => JSON.stringify(edges));
}

function held<Key extends object, Value>(values: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
