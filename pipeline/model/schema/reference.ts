/** The only definition of sums of windows and of the reference, a named sum for comparison. */
import { referenceSchema as schemaNumber } from "../reference.js";
import { movedReferences, type JsonSchema } from "./kit.js";
import {
  channelCounts,
  count,
  driftTimes,
  hitsByChamber,
  ledger,
  multiplicity,
  perChamber,
} from "./message-parts.js";
import { muonKeys } from "./muon-parts.js";
import { Type, type Static } from "./type.js";

const wholeOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ["integer", "null"], description });

export const windowSum = Type.Object({
  windows: count("Number of windows summed."),
  seconds: Type.Number({ minimum: 0, description: "Total length of the windows, s." }),
  start_ms: wholeOrNull("Start of the first window, ms on the clock of the windows; null without windows."),
  end_ms: wholeOrNull("End of the last window, ms."),
  ledger: ledger(),
  known_unmapped: Type.Optional(
    count("Unmapped rows of the ledger whose channels are named in the detector; absent without any."),
  ),
  hit_count: count("Hits in all windows."),
  hit_count_chamber: hitsByChamber("Hits of chambers 0 to N-1."),
  tdc_counts_chamber: perChamber(channelCounts(), "Hits per TDC_CHANNEL."),
  scint_tdc_counts_chamber: perChamber(channelCounts(), "The same in orbits with a scintillator row."),
  drift_time_chamber: perChamber(driftTimes(), "Drift times in ns."),
  active_tdc_multiplicity_chamber: perChamber(
    multiplicity(),
    "Element k: orbits with exactly k distinct active channels.",
  ),
  segment_chamber: Type.Optional(muonKeys.properties.segment_chamber),
  noise_chamber: Type.Optional(muonKeys.properties.noise_chamber),
  chamber_pair: Type.Optional(muonKeys.properties.chamber_pair),
  read_out: Type.Optional(muonKeys.properties.read_out),
  timing: Type.Optional(muonKeys.properties.timing),
  trigger_words: Type.Optional(muonKeys.properties.trigger_words),
  orbit_count: count("Orbits with a hit, summed over the windows."),
  scint_orbit_count: count("Of these, those with a scintillator row."),
});
/** The sum of some windows; keys and shapes as in a message. */
export interface WindowSum extends Static<typeof windowSum> {}

const goodness = Type.Object({
  segments: count("Minimum number of four-hit segments in a batch."),
  chambers: Type.Unsafe<Record<string, number[]>>({
    type: "object",
    additionalProperties: { type: "array", items: { type: "number" } },
    description: "Distance of each batch of a chamber from all others, in ascending order.",
  }),
});
/** The stored null distribution of the goodness of fit: each batch of the reference compared with the rest. */
export interface GoodnessNull extends Static<typeof goodness> {}

export const reference = Type.Object({
  schema: Type.Unsafe<typeof schemaNumber>({ const: schemaNumber }),
  name: Type.String({ minLength: 1, description: "Name for people." }),
  created_ms: Type.Integer({ minimum: 0, description: "Wall clock when it was created, ms." }),
  source: Type.String({ description: "Origin, in words." }),
  set_up: Type.Optional(
    Type.String({
      description: "Hash of detector and window length, or default; absent if unknown.",
    }),
  ),
  taken_by: Type.Optional(Type.String({ description: "Name of the person who saved it." })),
  left_out: Type.Optional(count("Windows of its span that were left out because an alarm was active.")),
  under_alarm: Type.Optional(
    Type.Unsafe<true>({
      const: true,
      description: "It was saved, with confirmation, while an alarm was active.",
    }),
  ),
  goodness: Type.Optional(goodness),
  ...windowSum.properties,
});
/** Data of a healthy telescope: written by a bounded run, or saved from the current windows. */
export interface Reference extends Static<typeof reference> {}

/** Content of `reference.schema.json`; each `$ref` points to the schema of the message. */
export const referenceJsonSchema = movedReferences(
  {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://muonitor.example/schema/reference-1.json",
    title: "Reference of schema 1",
    description:
      "The sum of the windows of a run, to compare with: written by process --save-reference. Readers accept unknown keys.",
    ...reference,
  },
  "https://muonitor.example/schema/message-1.json#/$defs/",
) as JsonSchema;
