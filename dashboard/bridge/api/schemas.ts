/**
 * JSON Schemas of the HTTP bodies, for the OpenAPI document: from the model where it defines one, else from here.
 * Readers accept unknown keys.
 */
import {
  byLedgerKey,
  qualityStates,
  quantityNames,
  type Acceptance,
  type Alarm,
  type CellTrend,
  type DetectorView,
  type Finding,
  type HiddenRound,
  type LightHistory,
  type Quality,
  type QualityChange,
  type QuantityPoint,
  type ReferenceInfo,
  type Remark,
  type RevealedRound,
  type RowSample,
  type Run,
  type RunState,
  type ShiftReport,
  type Totals,
  type TrendColumns,
  type Verdict,
} from "../../../pipeline/model/index.js";
import type { TSchema } from "../../../pipeline/model/schema/type.js";
import { definitions } from "../../../pipeline/model/schema/message-parts.js";
import { messageConditions, messageKeys } from "../../../pipeline/model/schema/message.js";
import { reference, windowSum } from "../../../pipeline/model/schema/reference.js";
import { requestSchemas } from "../../../pipeline/model/schema/requests.js";
import { detectorFaultSchema } from "./fault-schema.js";

type Schema = object;

/** Prefix of references within the document. */
const components = "#/components/schemas/";

const text: Schema = { type: "string" };
const integer: Schema = { type: "integer" };
const number: Schema = { type: "number" };
const flag: Schema = { type: "boolean" };
const counts: Schema = { type: "array", items: integer };
const state: Schema = { type: "string", enum: qualityStates };

const ref = (name: string): Schema => ({ $ref: `${components}${name}` });
const list = (items: Schema): Schema => ({ type: "array", items });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object schema: all fields are required except those whose name ends with a question mark. */
function object(fields: Record<string, Schema>): Schema {
  const names = Object.keys(fields);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name.replace("?", ""), fields[name]])),
    required: names.filter((name) => !name.endsWith("?")),
  };
}

const alarmComment = { by: text, at_ms: number, comment: text };
const quantityValue = object({ from_ms: number, to_ms: number, value: number, sigma: number });

type Fields<T> = { [K in keyof T & string as undefined extends T[K] ? `${K}?` : K]-?: Schema };

/** An object with exactly the keys of a type of the model: the compiler compares them. */
const like = <T>(fields: Fields<T>): Schema => object(fields);

const columns = {
  bucket_ms: integer,
  start_ms: counts,
  windows: counts,
};

const capital = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
/** The model's `window` is only the time span of a message; here `Window` is the whole message. */
const renamed: Record<string, string> = { window: "WindowSpan" };

/** The schemas that the model defines: messages, sums, references and request bodies. */
function fromDefinitions(): Record<string, Schema> {
  const parts = Object.entries(definitions.schemas).map(([name, schema]): [string, Schema] => [
    componentOf(name),
    schema,
  ]);
  const { acknowledge, commentRun, newest, rate, reference: id, startRun, takeReference } = requestSchemas;
  const { acceptNormal, references: ids, remark, silence, withdrawRemark } = requestSchemas;
  const named = {
    ...Object.fromEntries(parts),
    Window: { ...messageKeys, allOf: messageConditions },
    Sum: windowSum,
    Reference: reference,
    Acknowledge: without(acknowledge, "alarm"),
    Comment: without(commentRun, "number"),
    StartRun: startRun,
    NewRemark: remark,
    WithdrawRemark: without(withdrawRemark, "remark"),
    Silence: without(silence, "alarm"),
    Rate: object({ rate_hz: rate }),
    ChosenReference: object({ id: orNull({ anyOf: [id, ids] }) }),
    AcceptNormal: acceptNormal,
    NewReference: {
      description:
        "A name for the sum of the current windows, or a complete reference as a bounded run saves it",
      anyOf: [
        object({ name: takeReference.properties.name, span: { anyOf: [{ const: "since" }, newest] } }),
        ref("Reference"),
      ],
    },
  };
  return JSON.parse(JSON.stringify(named), (key, value: unknown) =>
    key === "$ref" && typeof value === "string"
      ? value.replace(/^#\/\$defs\/(\w+)$/, (_, name: string) => `${components}${componentOf(name)}`)
      : value,
  ) as Record<string, Schema>;
}

function componentOf(definition: string): string {
  return renamed[definition] ?? capital(definition);
}

/** The schema without a key that is in the path. */
function without(
  { properties, required }: TSchema & { properties: object; required: string[] },
  key: string,
) {
  const fields = Object.entries(properties).filter(([name]) => name !== key);
  return {
    type: "object",
    properties: Object.fromEntries(fields),
    required: required.filter((name) => name !== key),
  };
}

export const schemas: Record<string, Schema> = {
  Error: object({ error: text }),
  Number: number,
  ...fromDefinitions(),
  Verdict: like<Verdict>({ state, reason: text, since_ms: number, finding: orNull(text) }),
  Finding: like<Finding>({
    "chamber_name?": text,
    key: text,
    rule: text,
    scope: { type: "object" },
    state,
    reason: text,
    since_ms: number,
    window_id: orNull(integer),
    numbers: { type: "object", additionalProperties: number },
    what_to_do: text,
    cause: orNull(text),
    "intermittent?": flag,
    "newest_window_id?": integer,
    "after_ms?": number,
    "found_until_ms?": number,
  }),
  Quality: like<Quality>({
    rules: object({ hash: text, source: text }),
    reference: orNull(object({ id: text, name: text })),
    compared_with: text,
    judged_ms: number,
    window_id: orNull(integer),
    whole: ref("Verdict"),
    chambers: list(ref("Verdict")),
    scintillator: ref("Verdict"),
    data: ref("Verdict"),
    findings: list(ref("Finding")),
  }),
  Detector: like<DetectorView>({
    name: text,
    chambers: list(
      object({
        name: text,
        view: text,
        height_mm: number,
        shift_mm: number,
        drift_velocity_um_per_ns: number,
        masked: list(integer),
        fpgas: list(integer),
        channels: list(integer),
      }),
    ),
    timing: list(text),
    tdc_base: number,
    tdc_per_bx: number,
    bx_per_orbit: number,
  }),
  Rule: object({ id: text, title: text, text, meaning: text, what_to_do: text, call: text, enabled: flag }),
  Alarm: like<Alarm>({
    id: text,
    finding: ref("Finding"),
    "worst?": ref("Finding"),
    "earlier?": list(object({ from_ms: number, to_ms: number, finding: ref("Finding") })),
    raised_ms: number,
    "after_ms?": number,
    "reopened_ms?": number,
    cleared_ms: orNull(number),
    "found_until_ms?": number,
    "explained_by?": object({ key: text, scope: {}, reason: text, "chamber_name?": text }),
    acknowledged: orNull(object({ ...alarmComment, "earlier_comments?": list(object(alarmComment)) })),
    "silenced?": object({ by: text, until_ms: number }),
    demo: flag,
  }),
  Change: like<QualityChange>({
    at_ms: number,
    window_id: orNull(integer),
    light: {},
    from: state,
    to: state,
    reason: text,
    "finding?": text,
  }),
  LightHistory: like<LightHistory>({
    light: text,
    spans: list(object({ from_ms: number, to_ms: number, state, reason: text })),
  }),
  ShiftReport: like<ShiftReport>({
    schema: integer,
    made_ms: number,
    from_ms: number,
    to_ms: number,
    stream: text,
    source: text,
    demo: flag,
    version: text,
    rules: orNull(object({ hash: text, source: text })),
    compared_with: orNull(text),
    not_recorded: list(object({ from_ms: number, to_ms: number })),
    not_judged: list(object({ from_ms: number, to_ms: number, reason: text })),
    "good_times?": list(object({ from_ms: number, to_ms: number })),
    lights: list({
      allOf: [
        ref("LightHistory"),
        object({ time: { type: "object", additionalProperties: number, propertyNames: state } }),
      ],
    }),
    alarms: list(ref("Alarm")),
    remarks: list(ref("Remark")),
    runs: list(
      object({
        run: ref("Run"),
        verdict: { type: "string", enum: ["good", "good_except", "bad", "no_data"] },
        text,
        flags: list(object({ from_ms: number, to_ms: number, state, reason: text })),
      }),
    ),
    peaks: list(object({ name: text, value: number, unit: text, at_ms: number })),
    windows: integer,
    ledger: ref("Ledger"),
    "known_unmapped?": orNull(integer),
    quantities: list(ref("QuantityPoint")),
    quantity_extremes: list(
      object({
        quantity: { type: "string", enum: [...quantityNames] },
        chamber: integer,
        lowest: quantityValue,
        highest: quantityValue,
      }),
    ),
    left_out: list(text),
  }),
  Remark: like<Remark>({
    id: text,
    from_ms: number,
    to_ms: orNull(number),
    by: text,
    text,
    written_ms: number,
    demo: flag,
    "withdrawn?": object({ by: text, at_ms: number }),
  }),
  QuantityPoint: like<QuantityPoint>({
    from_ms: number,
    to_ms: number,
    seconds: number,
    "run?": integer,
    chambers: list(object(Object.fromEntries(quantityNames.map((name) => [name, orNull(list(number))])))),
  }),
  Sample: like<RowSample>({
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
  HiddenRound: like<HiddenRound>({ since_ms: number }),
  RevealedRound: like<RevealedRound>({
    fault: orNull(ref("DetectorFault")),
    words: text,
    begun_ms: number,
    revealed_ms: number,
    alarm: orNull(object({ rule: text, reason: text, raised_ms: number })),
  }),
  Trend: like<TrendColumns>({
    ...columns,
    ...byLedgerKey(() => counts),
    "known_unmapped?": list(orNull(integer)),
    hits_chamber: list(counts),
    corrected: counts,
    partial: counts,
  }),
  CellTrend: like<CellTrend>({ ...columns, hits: counts }),
  ReferenceInfo: like<ReferenceInfo>({
    id: text,
    name: text,
    created_ms: number,
    source: text,
    windows: integer,
    seconds: number,
    hit_count: integer,
    chosen: flag,
  }),
  Run: like<Run>({
    number: integer,
    started_ms: number,
    stopped_ms: orNull(number),
    comment: text,
    windows: integer,
    rows: integer,
    hit_count: integer,
    demo: flag,
  }),
  Acceptance: like<Acceptance>({ by: text, comment: text, at_ms: number, before: orNull(text) }),
  RunState: like<RunState>({ current: orNull(ref("Run")), since_ms: number, next_number: integer }),
  Totals: like<Totals>({
    since_ms: number,
    windows: integer,
    hit_count: integer,
    hit_count_chamber: counts,
    "known_unmapped?": integer,
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

/** The schema of a name as written in operations, such as `X[]`. */
export function schemaOf(name: string): Schema {
  return name.endsWith("[]") ? list(ref(name.slice(0, -2))) : ref(name);
}
