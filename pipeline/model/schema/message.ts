/** The only definition of the message of schema 1: source of its type, its JSON Schema and the table in `messages.md`. */
import { messageSchema as schemaNumber } from "../message.js";
import { maxRunWord } from "../run-marker.js";
import type { JsonSchema } from "./kit.js";
import {
  activeChannels,
  channelCounts,
  count,
  definitions,
  driftTimes,
  hitsByChamber,
  ledger,
  multiplicity,
  orbitOrNull,
  perChamber,
  source,
  systemC,
  window,
} from "./message-parts.js";
import { muonKeys } from "./muon-parts.js";
import { Type, type Static } from "./type.js";

export const messageKeys = Type.Object({
  msg_ID: count("window start / window length; grows by one per window"),
  hit_count: count("hits in the window"),
  hit_count_chamber: hitsByChamber("hits of chambers 0 to N-1, zeros included"),
  tdc_counts_chamber: perChamber(
    channelCounts(),
    "hits per TDC_CHANNEL of each chamber: `bin_edges` are the 64 channel numbers",
  ),
  active_tdc_chamber: perChamber(
    activeChannels(),
    "distinct active channels per orbit; more than 2000 orbits (8000/N with N > 4 chambers) are grouped into ranges of `orbits_per_bin`",
  ),
  active_tdc_multiplicity_chamber: perChamber(
    multiplicity(),
    "element k: orbits with exactly k distinct active channels, k = 0..64; element 0 is 0",
  ),
  scint_tdc_counts_chamber: perChamber(
    channelCounts(),
    "like `tdc_counts_chamber`, for orbits with a scintillator row",
  ),
  drift_time_chamber: perChamber(
    driftTimes(),
    "drift times in ns of hits whose orbit has a scintillator row; bins are [lower, upper)",
  ),
  orbit_count: count("distinct orbits with a hit"),
  scint_orbit_count: count("of these, those with a scintillator row"),
  ledger: ledger("rows = malformed + head_rejected + unmapped + scintillator + hits, always"),
  messages: Type.Optional(
    count("messages of `data_raw` in the window, heartbeats included; only with arrival time"),
  ),
  sources: Type.Array(source(), {
    description: "ranges of sequence numbers of Muonitor's producers, and duplicates",
  }),
  orbit_first: orbitOrNull("smallest orbit of the hits, null without hits"),
  orbit_last: orbitOrNull("largest orbit of the hits, null without hits"),
  segment_chamber: Type.Optional(muonKeys.properties.segment_chamber),
  noise_chamber: Type.Optional(muonKeys.properties.noise_chamber),
  chamber_pair: Type.Optional(muonKeys.properties.chamber_pair),
  read_out: Type.Optional(muonKeys.properties.read_out),
  timing: Type.Optional(muonKeys.properties.timing),
  trigger_words: Type.Optional(muonKeys.properties.trigger_words),
  muons: Type.Optional(muonKeys.properties.muons),
  partial: Type.Boolean({ description: "the stream began or ended within the window" }),
  window: window("`start_ms`, `end_ms` and the clock: `arrival` (Unix epoch) or `detector` (since orbit 0)"),
  run: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: maxRunWord,
      description: "run number from the read-out, the largest of the window; absent if unknown",
    }),
  ),
  schema: Type.Unsafe<number>({ const: schemaNumber, description: "version of the message" }),
  revision: count("0 for the first result, above 0 for a corrected one"),
  system_c: Type.Optional(systemC("the window in the form of system C; only if requested")),
  config_hash: Type.Optional(
    Type.String({
      pattern: "^[0-9a-f]{16}$",
      description: "hash of detector and window length; absent with the default detector",
    }),
  ),
  detector: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: "name of the set-up; absent with the default detector",
    }),
  ),
  emitted_ms: count("wall clock when the message was created, ms since the Unix epoch"),
});

/** The keys from `segment_chamber` to `muons` are absent if segments were not requested, and in older messages. */
export interface WindowMessage extends Static<typeof messageKeys> {}

const integer = (more: object = {}) => ({ type: "integer", ...more });
const object = (properties: object) => ({ type: "object", properties });

/** Constraints between keys. */
export const messageConditions = [
  {
    $comment: "Orbits are null exactly when there is no hit.",
    if: object({ hit_count: { const: 0 } }),
    then: object({
      hit_count_chamber: { type: "array", items: { const: 0 } },
      orbit_first: { type: "null" },
      orbit_last: { type: "null" },
      orbit_count: { const: 0 },
      scint_orbit_count: { const: 0 },
    }),
    else: object({
      orbit_first: integer(),
      orbit_last: integer(),
      orbit_count: integer({ minimum: 1 }),
    }),
  },
  {
    $comment: "In detector time, malformed rows and sources are in the summary of the run, not in a window.",
    if: object({ window: object({ time: { const: "detector" } }) }),
    then: object({
      sources: { type: "array", maxItems: 0 },
      ledger: object({ malformed: { const: 0 }, rows: integer({ minimum: 1 }) }),
    }),
  },
];

/** Content of `message.schema.json`. */
export const messageJsonSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://muonitor.example/schema/message-1.json",
  title: "Window message of schema 1",
  description:
    "The message of one window on data_clean. Readers accept unknown keys. Constraints beyond a schema (sums, orders) are in tests/reference/check-message.ts.",
  ...messageKeys,
  allOf: messageConditions,
  $defs: definitions.schemas,
};
