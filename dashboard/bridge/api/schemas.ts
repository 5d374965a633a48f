/** JSON Schemas of what goes over HTTP, for the OpenAPI document. Readers accept unknown keys. */
import { muonKeyNames } from "../../../pipeline/model/index.js";
import { movedReferences } from "../../../pipeline/model/schema/kit.js";
import { messageJsonSchema } from "../../../pipeline/model/schema/message.js";
import { detectorFaultSchema } from "./fault-schema.js";

type Schema = Record<string, unknown>;

const text: Schema = { type: "string" };
const integer: Schema = { type: "integer" };
const number: Schema = { type: "number" };
const flag: Schema = { type: "boolean" };
const counts: Schema = { type: "array", items: integer };
const state: Schema = { type: "string", enum: ["good", "warning", "bad", "few", "none"] };

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object of which all fields but those with a question mark are required. */
function object(fields: Record<string, Schema>): Schema {
  const names = Object.keys(fields);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name.replace("?", ""), fields[name]])),
    required: names.filter((name) => !name.endsWith("?")),
  };
}

const perChamber = (schema: Schema): Schema => object({ "0": schema, "1": schema, "2": schema, "3": schema });
const histogram = object({ bin_edges: list(number), hist_counts: counts });
const sum = {
  windows: integer,
  seconds: number,
  start_ms: orNull(number),
  end_ms: orNull(number),
  ledger: ref("Ledger"),
  "known_unmapped?": integer,
  hit_count: integer,
  hit_count_chamber: counts,
  tdc_counts_chamber: perChamber(histogram),
  scint_tdc_counts_chamber: perChamber(histogram),
  drift_time_chamber: perChamber(histogram),
  active_tdc_multiplicity_chamber: perChamber(counts),
  orbit_count: integer,
  scint_orbit_count: integer,
};
/** The window message's own schema, for the keys of segments; its definitions are components with this prefix. */
const prefix = "message.";
const { $defs: definitions, properties: messageProperties } = movedReferences(
  messageJsonSchema,
  `#/components/schemas/${prefix}`,
) as { $defs: Record<string, Schema>; properties: Record<string, Schema> };
const messageDefinitions = Object.fromEntries(
  Object.entries(definitions).map(([name, schema]) => [`${prefix}${name}`, schema]),
);
const muonKeys = Object.fromEntries(
  muonKeyNames.map((name) => [`${name}?`, messageProperties[name] as Schema]),
);
const columns = {
  bucket_ms: integer,
  start_ms: counts,
  windows: counts,
};

export const schemas: Record<string, Schema> = {
  ...messageDefinitions,
  Error: object({ error: text }),
  Number: number,
  Ledger: object({
    rows: integer,
    malformed: integer,
    head_rejected: integer,
    unmapped: integer,
    scintillator: integer,
    hits: integer,
  }),
  Window: object({
    msg_ID: integer,
    hit_count: integer,
    hit_count_chamber: counts,
    tdc_counts_chamber: perChamber(histogram),
    ledger: ref("Ledger"),
    ...muonKeys,
    window: object({ start_ms: integer, end_ms: integer, time: text }),
    schema: integer,
    revision: integer,
    emitted_ms: number,
  }),
  Verdict: object({ state, reason: text, since_ms: number, finding: orNull(text) }),
  Finding: object({
    key: text,
    rule: text,
    scope: { type: "object" },
    state,
    reason: text,
    since_ms: number,
    window_id: orNull(integer),
    numbers: { type: "object", additionalProperties: number },
    what_to_do: text,
  }),
  Quality: object({
    rules: object({ hash: text, source: text }),
    reference: orNull(object({ id: text, name: text })),
    judged_ms: number,
    window_id: orNull(integer),
    whole: ref("Verdict"),
    chambers: list(ref("Verdict")),
    scintillator: ref("Verdict"),
    data: ref("Verdict"),
    findings: list(ref("Finding")),
  }),
  Rule: object({ id: text, title: text, text, what_to_do: text, enabled: flag }),
  Alarm: object({
    id: text,
    finding: ref("Finding"),
    raised_ms: number,
    cleared_ms: orNull(number),
    acknowledged: orNull(object({ by: text, at_ms: number, comment: text })),
    demo: flag,
  }),
  Acknowledge: object({ by: text, "comment?": text }),
  Change: object({
    at_ms: number,
    window_id: orNull(integer),
    light: {},
    from: state,
    to: state,
    reason: text,
  }),
  Sample: object({
    kind: text,
    reason: text,
    text,
    partition: orNull(integer),
    offset: orNull(text),
    record_ms: orNull(number),
    seen_ms: number,
  }),
  Faults: { type: "object", properties: { detector: list(ref("DetectorFault")) } },
  DetectorFault: detectorFaultSchema(),
  HiddenRound: object({ since_ms: number }),
  RevealedRound: object({
    fault: orNull(ref("DetectorFault")),
    words: text,
    begun_ms: number,
    revealed_ms: number,
    alarm: orNull(object({ rule: text, reason: text, raised_ms: number })),
  }),
  Rate: object({ rate_hz: number }),
  Trend: object({
    ...columns,
    rows: counts,
    malformed: counts,
    head_rejected: counts,
    unmapped: counts,
    scintillator: counts,
    hits: counts,
    hits_chamber: list(counts),
    corrected: counts,
    partial: counts,
  }),
  CellTrend: object({ ...columns, hits: counts }),
  Sum: object(sum),
  Reference: object({ schema: integer, name: text, created_ms: number, source: text, ...sum }),
  NewReference: {
    description: "The current picture under a name, or a whole reference as a bounded run saves it",
    anyOf: [object({ name: text, span: {} }), ref("Reference")],
  },
  ChosenReference: object({ id: orNull(text) }),
  ReferenceInfo: object({
    id: text,
    name: text,
    created_ms: number,
    source: text,
    windows: integer,
    seconds: number,
    hit_count: integer,
    chosen: flag,
  }),
  Run: object({
    number: integer,
    started_ms: number,
    stopped_ms: orNull(number),
    comment: text,
    windows: integer,
    rows: integer,
    hit_count: integer,
    demo: flag,
  }),
  RunState: object({ current: orNull(ref("Run")), since_ms: number, next_number: integer }),
  StartRun: object({ "number?": integer, "comment?": text }),
  Comment: object({ comment: text }),
  Totals: object({
    since_ms: number,
    windows: integer,
    hit_count: integer,
    hit_count_chamber: counts,
    ledger: ref("Ledger"),
  }),
  State: object({
    status: orNull({ type: "object" }),
    quality: orNull(ref("Quality")),
    alarms: list(ref("Alarm")),
    run: ref("RunState"),
    totals: ref("Totals"),
  }),
};

/** The schema of a name as operations write it. */
export function schemaOf(name: string): Schema {
  return name.endsWith("[]") ? list(ref(name.slice(0, -2))) : ref(name);
}
