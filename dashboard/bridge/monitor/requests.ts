/** What viewers and programs may ask of the monitor: checked, then done. The same for sockets and HTTP. */
import {
  maxCommentLength,
  maxNameLength,
  maxPageLength,
  maxPastWindows,
  maxRunNumber,
  maxTrendPoints,
  type Answer,
  type PastSpan,
  type PictureSpan,
  type PointsRequest,
  type RowSample,
} from "../../../pipeline/model/index.js";
import { refusal } from "../requests.js";
import { ruleTexts } from "../quality/rules-config.js";
import type { Store } from "../store/index.js";
import { noPlace } from "./references.js";
import type { Monitor } from "./monitor.js";

export type RequestHandler = (payload: unknown) => Answer<unknown> | Promise<Answer<unknown>>;

interface RequestParts {
  monitor: Monitor;
  store: Store;
  samples: (() => RowSample[]) | undefined;
}

type Fields = Record<string, unknown>;
/** Gives the value, or throws one line on what is wrong with it. */
class Refused extends Error {}

const noSamples =
  "this bridge reads windows only, no rows: muonitor up has samples, muonitor topics peek shows rows";
const unknownReference = "there is no such reference";

export function monitorRequests({ monitor, store, samples }: RequestParts): Record<string, RequestHandler> {
  const { records } = store;
  return checked({
    acknowledge: (payload) => {
      const { alarm, by, comment } = fields(payload);
      const done = monitor.acknowledge(
        text("alarm", alarm, maxNameLength),
        text("by", by, maxNameLength),
        text("comment", comment ?? "", maxCommentLength, 0),
      );
      return done ?? refuse("there is no such alarm");
    },
    alarms: (payload) => {
      const { beforeMs, limit } = page(payload);
      return records.alarms(beforeMs, limit);
    },
    changes: (payload) => {
      const { beforeMs, limit } = page(payload);
      return records.changes(beforeMs, limit);
    },
    rules: () => ruleTexts(monitor.rules),
    points: (payload) => store.points(pointsRequest(fields(payload))),
    trend: (payload) => store.trend(trendRequest(fields(payload))),
    cellTrend: (payload) => {
      const request = fields(payload);
      const chamber = integer("chamber", request["chamber"], 0, 3);
      const cell = integer("cell", request["cell"], 0, 63);
      return store.cellTrend({ ...trendRequest(request), chamber, cell });
    },
    picture: (payload) => monitor.picture(pictureSpan(payload)) ?? refuse("there is no such window yet"),
    reference: (payload) =>
      monitor.references.get(text("id", payload, maxNameLength)) ?? refuse(unknownReference),
    takeReference: (payload) => {
      const request = fields(payload);
      const name = text("name", request["name"], maxNameLength);
      const taken = monitor.takeReference(name, span(request["span"]));
      return taken ?? refuse(`there are no hits to take, or ${noPlace}`);
    },
    chooseReference: (payload) => {
      const id = payload === null ? null : text("id", payload, maxNameLength);
      return monitor.chooseReference(id) ? monitor.references.list() : refuse(unknownReference);
    },
    deleteReference: (payload) => {
      const gone = monitor.deleteReference(text("id", payload, maxNameLength));
      return gone ? monitor.references.list() : refuse(unknownReference);
    },
    startRun: (payload) => {
      const { number, comment } = fields(payload ?? {});
      return monitor.startRun(
        number === undefined ? undefined : integer("number", number, 0, maxRunNumber),
        comment === undefined ? undefined : text("comment", comment, maxCommentLength, 0),
      );
    },
    stopRun: () => monitor.stopRun(),
    commentRun: (payload) => {
      const request = fields(payload);
      const number = integer("number", request["number"], 0, maxRunNumber);
      const run = monitor.runs.comment(number, text("comment", request["comment"], maxCommentLength, 0));
      if (run === null) refuse("there is no such run");
      monitor.runChanged();
      return run;
    },
    runs: (payload) => {
      const { beforeMs, limit } = page(payload);
      return records.runs(beforeMs, limit);
    },
    resetTotals: () => monitor.resetTotals(),
    samples: () => samples?.() ?? refuse(noSamples),
  });
}

function checked(handlers: Record<string, (payload: unknown) => unknown>): Record<string, RequestHandler> {
  const answering =
    (handle: (payload: unknown) => unknown): RequestHandler =>
    (payload) => {
      try {
        return { ok: true, value: handle(payload) };
      } catch (error) {
        if (error instanceof Refused) return refusal(error.message);
        throw error;
      }
    };
  return Object.fromEntries(Object.entries(handlers).map(([name, handle]) => [name, answering(handle)]));
}

function refuse(reason: string): never {
  throw new Refused(reason);
}

function fields(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return refuse("an object is expected");
}

/** A text without control characters but line breaks and tabs, without spaces around it. */
function text(name: string, value: unknown, longest: number, shortest = 1): string {
  if (typeof value !== "string") return refuse(`${name} must be a text`);
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  const plain = value.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "").trim();
  if (plain.length >= shortest && plain.length <= longest) return plain;
  return refuse(`${name} must have ${shortest} to ${longest} characters`);
}

function integer(name: string, value: unknown, lower: number, upper: number): number {
  if (Number.isInteger(value) && (value as number) >= lower && (value as number) <= upper)
    return value as number;
  return refuse(`${name} must be an integer ${lower} to ${upper}`);
}

const lastMs = 8.64e15;

function page(payload: unknown): { beforeMs: number; limit: number } {
  const { before_ms, limit } = fields(payload ?? {});
  return {
    beforeMs: before_ms === undefined ? Number.MAX_SAFE_INTEGER : integer("before_ms", before_ms, 0, lastMs),
    limit: limit === undefined ? 100 : integer("limit", limit, 1, maxPageLength),
  };
}

function trendRequest(request: Fields): { from_ms: number; to_ms: number; points: number } {
  const from_ms = integer("from_ms", request["from_ms"], 0, lastMs);
  const to_ms = integer("to_ms", request["to_ms"], 0, lastMs);
  if (to_ms <= from_ms) refuse("to_ms must be after from_ms");
  return { from_ms, to_ms, points: integer("points", request["points"], 1, maxTrendPoints) };
}

function pointsRequest({ direction, ms, limit }: Fields): PointsRequest {
  if (direction !== "before" && direction !== "after") return refuse("direction must be before or after");
  return { direction, ms: integer("ms", ms, 0, lastMs), limit: integer("limit", limit, 1, maxPageLength) };
}

function pictureSpan(value: unknown): PictureSpan | PastSpan {
  const upTo = value === "since" ? undefined : fields(value)["up_to"];
  if (upTo === undefined) return span(value);
  const windows = integer("windows", fields(value)["windows"], 1, maxPastWindows);
  return { windows, up_to: integer("up_to", upTo, 0, Number.MAX_SAFE_INTEGER) };
}

const mostWindows = 720;

function span(value: unknown): PictureSpan {
  if (value === "since") return value;
  return { windows: integer("windows", fields(value)["windows"], 1, mostWindows) };
}
