/** The parts of a window message: counts, histograms of channels, orbits and drift times, ledger, sources, window. */
import { cellsPerChamber, maxChambers } from "../detector.js";
import { byLedgerKey, malformedReasons, type MalformedReasons } from "../ledger.js";
import { maxOrbitRanges, maxSourceRanges, type PerChamber } from "../message.js";
import { maxOrbit, type TimeKind } from "../timing.js";
import { closed, Definitions, listOf, oneOf, orNull } from "./kit.js";
import { Type, type Static, type TSchema } from "./type.js";

/** Definitions that messages and references refer to by name. */
export const definitions = new Definitions();

export const count = definitions.add("count", Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const orbit = definitions.add("orbit", Type.Integer({ minimum: 0, maximum: maxOrbit }));
export const orbitOrNull = definitions.add("orbitOrNull", orNull(orbit()));

const chamberKeys = Array.from({ length: maxChambers }, (_, chamber) => String(chamber));

/** The same for each chamber: "0" to "N-1". */
export function perChamber<T extends TSchema>(schema: T, description?: string) {
  return Type.Unsafe<PerChamber<Static<T>>>({
    type: "object",
    required: ["0"],
    properties: Object.fromEntries(chamberKeys.map((key) => [key, schema])),
    ...closed,
    ...(description !== undefined && { description }),
  });
}

const channelCountsSchema = Type.Object(
  {
    bin_edges: listOf(count(), cellsPerChamber),
    hist_counts: listOf(count(), cellsPerChamber),
  },
  { description: "Hits per TDC_CHANNEL; bin_edges are the 64 channel numbers, cell by cell." },
);
export interface ChannelCounts extends Static<typeof channelCountsSchema> {}
export const channelCounts = definitions.add("channelCounts", channelCountsSchema);

const activeChannelsSchema = Type.Object(
  {
    bin_edges: Type.Array(orbit(), { maxItems: maxOrbitRanges, uniqueItems: true }),
    hist_counts: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: maxOrbitRanges }),
    orbits_per_bin: Type.Unsafe<number>(
      oneOf(
        Array.from({ length: 23 }, (_, k) => 2 ** k),
        "A power of two; 2^22 suffices for 32-bit orbits.",
      ),
    ),
  },
  { description: "Distinct active channels per orbit, or summed per range of orbits_per_bin orbits." },
);
export interface ActiveChannels extends Static<typeof activeChannelsSchema> {}
export const activeChannels = definitions.add("activeChannels", activeChannelsSchema);

export const multiplicity = definitions.add(
  "multiplicity",
  listOf(count(), cellsPerChamber + 1, "Element k: orbits with exactly k distinct active channels."),
);

const driftTimesSchema = Type.Object(
  {
    bin_edges: Type.Array(Type.Number(), { minItems: 2, uniqueItems: true }),
    hist_counts: Type.Array(count(), { minItems: 1 }),
    underflow: count(),
    overflow: count(),
  },
  { description: "Drift times in ns; bins are [lower, upper)." },
);
export interface DriftTimes extends Static<typeof driftTimesSchema> {}
export const driftTimes = definitions.add("driftTimes", driftTimesSchema);

/** Hits of chambers 0 to N-1. */
export const hitsByChamber = (description: string) =>
  Type.Array(count(), { minItems: 1, maxItems: maxChambers, description });

const ledgerSchema = Type.Object(
  {
    ...byLedgerKey(() => count()),
    malformed_reasons: Type.Optional(
      Type.Unsafe<MalformedReasons>({
        type: "object",
        properties: Object.fromEntries(malformedReasons.map((reason) => [reason, count()])),
        additionalProperties: count(),
      }),
    ),
  },
  { description: "rows = malformed + head_rejected + unmapped + scintillator + hits" },
);
/**
 * Counts of rows, with the keys of the messages. `malformed_reasons` contains only reasons that occurred, and is absent if
 * the writer does not give any.
 */
export interface Ledger extends Static<typeof ledgerSchema> {}
export const ledger = definitions.add("ledger", ledgerSchema);

const sourceSchema = Type.Object(
  {
    id: Type.String({ pattern: "^[^:]+$" }),
    epoch: count(),
    partition: count(),
    ranges: Type.Array(Type.Unsafe<[number, number]>(listOf(count(), 2)), {
      minItems: 1,
      maxItems: maxSourceRanges,
      description: "Closed ranges of sequence numbers, ascending.",
    }),
    /** Messages whose sequence number had been seen already; counted, not removed. */
    duplicates: count(),
    /** True if there were more than {@link maxSourceRanges} ranges; only the first are listed. */
    truncated: Type.Optional(Type.Unsafe<true>({ const: true })),
  },
  {
    description: "The messages of one producer in the window.",
    dependentSchemas: {
      truncated: {
        type: "object",
        properties: { ranges: { type: "array", minItems: maxSourceRanges } },
      },
    },
  },
);
/** The messages of one of Muonitor's producers in the window, by sequence number. */
export interface SourceRanges extends Static<typeof sourceSchema> {}
export const source = definitions.add("source", sourceSchema);

const timeKinds: readonly TimeKind[] = ["arrival", "detector"];
const windowSchema = Type.Object({
  start_ms: count(),
  end_ms: Type.Integer({ minimum: 1 }),
  time: oneOf(timeKinds),
});
export interface MessageWindow extends Static<typeof windowSchema> {}
export const window = definitions.add("window", windowSchema);

const systemCHistogramSchema = Type.Object({
  Bins: Type.Array(Type.Number(), { minItems: 1 }),
  Counts: Type.Array(count(), { minItems: 1 }),
});
/** `Bins` are left edges; values outside the bins are not counted. */
export interface SystemCHistogram extends Static<typeof systemCHistogramSchema> {}
const systemCHistogram = definitions.add("systemCHistogram", systemCHistogramSchema);

const systemCChamberSchema = Type.Object({
  /** Hits. */
  Count: count(),
  /** Hits by channel. */
  Hist_1: systemCHistogram(),
  /** Distinct active channels of each orbit, summed over the orbits of a bin. */
  Hist_2: systemCHistogram(),
  /** Hits by channel, of orbits with a scintillator row. */
  Hist_3: systemCHistogram(),
  /** Hits by drift time, ns, of orbits with a scintillator row. */
  Hist_4: systemCHistogram(),
});
export interface SystemCChamber extends Static<typeof systemCChamberSchema> {}
const systemCChamber = definitions.add("systemCChamber", systemCChamberSchema);

const systemCSchema = Type.Object({
  Chamber_1: systemCChamber(),
  Chamber_2: Type.Optional(systemCChamber()),
  Chamber_3: Type.Optional(systemCChamber()),
  Chamber_4: Type.Optional(systemCChamber()),
  Chamber_5: Type.Optional(systemCChamber()),
  Chamber_6: Type.Optional(systemCChamber()),
  Chamber_7: Type.Optional(systemCChamber()),
  Chamber_8: Type.Optional(systemCChamber()),
  /** Unix time, in detector time since orbit 0. */
  Index: Type.Number({ minimum: 0, description: "Start of the window, s." }),
  /** Hits of all chambers. */
  "Total Count": count(),
});
export interface SystemCResult extends Static<typeof systemCSchema> {}
export const systemC = definitions.add("systemC", systemCSchema);
