/** The one definition of sums of windows and of the reference, which is a named sum to compare with. */
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
  windows: count("Windows that are summed."),
  seconds: Type.Number({ minimum: 0, description: "Length of the windows together, s." }),
  start_ms: wholeOrNull("Start of the first window, ms on the clock of the windows; null of nothing."),
  end_ms: wholeOrNull("End of the last window, ms."),
  ledger: ledger(),
  known_unmapped: Type.Optional(
    count("Rows of the ledger's unmapped ones whose channels the detector names; absent without any."),
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
  segments: count("Four-hit segments of a batch, at least."),
  chambers: Type.Unsafe<Record<string, number[]>>({
    type: "object",
    additionalProperties: { type: "array", items: { type: "number" } },
    description: "How far each batch of a chamber is from all others, in ascending order.",
  }),
});
/** The stored null of the goodness of fit: batches of the reference against the rest of it. */
export interface GoodnessNull extends Static<typeof goodness> {}

export const reference = Type.Object({
  schema: Type.Unsafe<typeof schemaNumber>({ const: schemaNumber }),
  name: Type.String({ minLength: 1, description: "What people call it." }),
  created_ms: Type.Integer({ minimum: 0, description: "Wall clock when it was made, ms." }),
  source: Type.String({ description: "Where it comes from, in words." }),
  set_up: Type.Optional(
    Type.String({
      description: "Hash of detector and window length, or default; absent where it is not known.",
    }),
  ),
  taken_by: Type.Optional(Type.String({ description: "Who took it." })),
  left_out: Type.Optional(count("Windows of its span that were left out: an alarm stood in them.")),
  under_alarm: Type.Optional(
    Type.Unsafe<true>({
      const: true,
      description: "It was taken while an alarm stood, and somebody confirmed that.",
    }),
  ),
  goodness: Type.Optional(goodness),
  ...windowSum.properties,
});
/** What a healthy telescope looks like: written by a bounded run, or taken from the current picture. */
export interface Reference extends Static<typeof reference> {}

/** Content of `reference.schema.json`; its references lead to the schema of the message. */
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
