/** The requests to the bridge, over sockets and HTTP: types, checks and OpenAPI are derived from these schemas. */
import { cellsPerChamber, maxChambers } from "../detector.js";
import { maxPracticeRateHz } from "../faults.js";
import { maxLightSpans } from "../lights.js";
import { maxChosenReferences, maxPastWindows } from "../reference.js";
import { maxRemarkLength } from "../remark.js";
import { maxCommentLength, maxNameLength, maxRunNumber } from "../run.js";
import { maxPageLength, maxRequestedWindows } from "../socket-events.js";
import { maxTrendPoints } from "../trend.js";
import { oneOf } from "./kit.js";
import { Type, type Static } from "./type.js";

/** The last moment that JavaScript can represent. */
export const lastMs = 8.64e15;
/** Maximum number of whole windows in one answer. */
const maxExportedWindows = 1000;
/** Maximum number of newest windows in a picture. */
const maxNewestWindows = 720;

const integer = (minimum: number, maximum: number, description?: string) =>
  Type.Integer({ minimum, maximum, ...(description !== undefined && { description }) });
/** Control characters and surrounding spaces are removed before the check. */
const text = (minLength: number, maxLength: number, title?: string) =>
  Type.String({ minLength, maxLength, ...(title !== undefined && { title }) });
const moment = (description?: string) => integer(0, lastMs, description);

const pageText = (most: number) =>
  `maximum number, 1 to ${most}; default 100; the header Link points to the next page`;

const name = (title?: string) => text(1, maxNameLength, title);
const comment = text(0, maxCommentLength);
const runNumber = integer(0, maxRunNumber);

const page = Type.Object({
  before_ms: Type.Optional(moment("only entries before this moment, ms since 1970; default: now")),
  limit: Type.Optional(integer(1, maxPageLength, pageText(maxPageLength))),
});
/** A page of a history: the newest first, those before `before_ms` (default: now), at most `limit` (default 100). */
export interface PageRequest extends Static<typeof page> {}

const acknowledge = Type.Object({
  /** Id of the alarm. */
  alarm: name(),
  /** Name of the shifter. */
  by: name(),
  comment: Type.Optional(comment),
});
export interface AcknowledgeRequest extends Static<typeof acknowledge> {}

const silence = Type.Object({
  /** Id of the alarm. */
  alarm: name(),
  by: name(),
  /** A moment in the past ends the silence. */
  until_ms: moment("no sound and no notice until this moment, ms since 1970"),
});
/** Silences one alarm until a time. */
export interface SilenceRequest extends Static<typeof silence> {}

const remark = Type.Object({
  from_ms: moment("the moment, or the start of the span, ms since 1970"),
  /** Absent for a moment. */
  to_ms: Type.Optional(moment("end of the span, ms since 1970")),
  by: name(),
  text: text(1, maxRemarkLength),
});
/** Adds a remark about a moment or a span of time. */
export interface RemarkRequest extends Static<typeof remark> {}

const withdrawRemark = Type.Object({ remark: name(), by: name() });
export interface WithdrawRemarkRequest extends Static<typeof withdrawRemark> {}

const acceptNormal = Type.Object({ by: name(), comment: Type.Optional(comment) });
/** From now on the data is compared with the windows that follow. */
export interface AcceptNormalRequest extends Static<typeof acceptNormal> {}

const points = Type.Object({
  direction: oneOf(["before", "after"]),
  ms: moment(),
  limit: integer(1, maxPageLength),
});
/** The windows next to a moment: the last that start before it, or the first that start after it. */
export interface PointsRequest extends Static<typeof points> {}

const timeSpan = {
  from_ms: moment("from this moment on, ms since 1970"),
  to_ms: moment("up to this moment, exclusive, ms since 1970"),
};

const span = Type.Object(timeSpan);
/** Everything in a span of time. */
export interface SpanRequest extends Static<typeof span> {}

const lights = Type.Object({
  ...timeSpan,
  points: Type.Optional(
    integer(
      1,
      maxLightSpans,
      `maximum number of spans of a light, 1 to ${maxLightSpans}; default: ${maxLightSpans}`,
    ),
  ),
});
/** The states of all lights in a span of time. Short spans are merged; the most severe state wins. */
export interface LightsRequest extends Static<typeof lights> {}

const quantities = Type.Object({
  ...timeSpan,
  points: Type.Optional(
    integer(1, maxTrendPoints, `maximum number of points, 1 to ${maxTrendPoints}; default 200`),
  ),
  by: Type.Optional(oneOf(["time", "run"])),
});
/** Derived quantities over some time, in equal time intervals or by run. */
export interface QuantitiesRequest extends Static<typeof quantities> {}

const windowExport = Type.Object({
  ...timeSpan,
  limit: Type.Optional(integer(1, maxExportedWindows, pageText(maxExportedWindows))),
});

const trend = Type.Object({
  ...timeSpan,
  points: integer(1, maxTrendPoints, `maximum number of buckets, 1 to ${maxTrendPoints}`),
});
/** Windows are summed to at most `points` buckets. */
export interface TrendRequest extends Static<typeof trend> {}

const cellTrend = Type.Object({
  ...trend.properties,
  chamber: integer(0, maxChambers - 1, "0 to N-1"),
  cell: integer(0, cellsPerChamber - 1, `0 to ${cellsPerChamber - 1}`),
});
/** Hits of one cell over time. */
export interface CellTrendRequest extends Static<typeof cellTrend> {}

const newest = Type.Object({ windows: integer(1, maxNewestWindows) });
/** All windows since the last reset, or this number of the newest windows. */
export type PictureSpan = "since" | Static<typeof newest>;

const past = Type.Object({
  windows: integer(1, maxPastWindows),
  up_to: integer(0, Number.MAX_SAFE_INTEGER),
});
/** This number of windows, the last of which is given by its msg_ID. */
export interface PastSpan extends Static<typeof past> {}

/** Parameters of a picture over HTTP: without `windows` all since the last reset. */
const picture = Type.Object({
  windows: Type.Optional(
    integer(1, maxNewestWindows, "number of newest windows; default: all since the last reset"),
  ),
  up_to: Type.Optional(
    integer(
      0,
      Number.MAX_SAFE_INTEGER,
      `msg_ID of the last window; only with windows, which is then at most ${maxPastWindows}`,
    ),
  ),
});

const takeReference = Type.Object({
  name: name(),
  span: Type.Unsafe<unknown>({}),
  by: Type.Optional(Type.String({ maxLength: 80 })),
  /** Required while an alarm is active. */
  confirm: Type.Optional(Type.Boolean()),
});
/** Stores the picture of these windows under a name. */
export interface TakeReferenceRequest {
  name: Static<typeof takeReference>["name"];
  span: PictureSpan;
  /** Name of the person who saves it. */
  by?: string;
  /** Save despite an active alarm. */
  confirm?: boolean;
}

const startRun = Type.Object({
  /** Default: the next free number. */
  number: Type.Optional(runNumber),
  comment: Type.Optional(comment),
});
export interface StartRunRequest extends Static<typeof startRun> {}

const commentRun = Type.Object({ number: runNumber, comment });
export interface CommentRunRequest extends Static<typeof commentRun> {}

/** The schemas of requests by name. The title of a value that is not an object is its name in error messages. */
export const requestSchemas = {
  acceptNormal,
  acknowledge,
  cellTrend,
  commentRun,
  lights,
  newest,
  page,
  past,
  picture,
  points,
  quantities,
  rate: Type.Number({
    title: "the rate",
    description: "rows/s",
    minimum: 1,
    maximum: maxPracticeRateHz,
  }),
  reference: name("id"),
  references: Type.Array(name("an id"), { title: "ids", maxItems: maxChosenReferences }),
  remark,
  silence,
  span,
  startRun,
  takeReference,
  trend,
  windowExport,
  withdrawRemark,
  windows: Type.Array(Type.Integer({ title: "a window number" }), {
    title: "ids",
    maxItems: maxRequestedWindows,
  }),
};
