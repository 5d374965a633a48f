/** Checks and answers requests to the monitor, for sockets and HTTP alike. */
import { maxLightSpans, maxReportMs } from "../../../pipeline/model/index.js";
import type {
  Answer,
  PastSpan,
  PictureSpan,
  RowSample,
  Run,
  SystemStatus,
} from "../../../pipeline/model/index.js";
import type { Static, TSchema } from "../../../pipeline/model/schema/type.js";
import {
  requestSchemas,
  type PageRequest,
  type SpanRequest,
} from "../../../pipeline/model/schema/requests.js";
import { ruleTexts } from "../quality/rules-config.js";
import { readRequest, refusal, refuse, Refused } from "../requests.js";
import type { Store } from "../store/index.js";
import { noPlace } from "./references.js";
import type { Monitor } from "./monitor.js";
import { maxRemarks, maxRuns, shiftReport } from "./shift-report.js";

export type RequestHandler = (payload: unknown) => Answer<unknown> | Promise<Answer<unknown>>;

interface RequestParts {
  monitor: Monitor;
  store: Store;
  status: () => SystemStatus | null;
  samples: (() => RowSample[]) | undefined;
}

const noSamples =
  "this bridge reads only windows, not rows: use muonitor up for samples, or muonitor topics peek for rows";
const unknownReference = "no such reference";
const {
  acknowledge,
  cellTrend,
  commentRun,
  lights,
  newest,
  page,
  past,
  points,
  quantities,
  reference,
  remark,
} = requestSchemas;
const { silence, span, startRun, withdrawRemark } = requestSchemas;

export function monitorRequests({
  monitor,
  store,
  status,
  samples,
}: RequestParts): Record<string, RequestHandler> {
  const { records } = store;
  const { references } = monitor;
  return {
    acknowledge: validated(
      acknowledge,
      ({ alarm, by, comment = "" }) => monitor.acknowledge(alarm, by, comment) ?? refuse("no such alarm"),
    ),
    silence: validated(
      silence,
      ({ alarm, by, until_ms }) =>
        monitor.silence(alarm, by, until_ms) ?? refuse("no such alarm, or it has cleared"),
    ),
    lights: validated(lights, (request) => {
      const { from_ms, to_ms, points: most = maxLightSpans } = inOrder(request);
      return store.shift.lights(from_ms, Math.min(to_ms, Date.now()), most);
    }),
    remark: validated(remark, (request) => monitor.writeRemark(request)),
    withdrawRemark: validated(withdrawRemark, (request) => monitor.withdrawRemark(request)),
    remarks: validated(span, (request) => {
      const { from_ms, to_ms } = inOrder(request);
      return store.shift.remarks(from_ms, to_ms, maxRemarks);
    }),
    report: validated(span, (request) => {
      const { from_ms, to_ms } = inOrder(request);
      if (to_ms - from_ms > maxReportMs) refuse("a report covers at most 7 days");
      return shiftReport(request, monitor, store, status(), Date.now());
    }),
    quantities: validated(quantities, (request) => {
      const { to_ms } = inOrder(request);
      return monitor.quantities.read(request, runsIn(request, records.runs(to_ms, maxRuns)));
    }),
    alarms: paged((beforeMs, limit) => records.alarms(beforeMs, limit)),
    changes: paged((beforeMs, limit) => records.changes(beforeMs, limit)),
    runs: paged((beforeMs, limit) => records.runs(beforeMs, limit)),
    rules: answering(() => ruleTexts(monitor.rules)),
    points: validated(points, (request) => store.points(request)),
    trend: validated(requestSchemas.trend, (request) => store.trend(inOrder(request))),
    cellTrend: validated(cellTrend, (request) => store.cellTrend(inOrder(request))),
    picture: answering((payload) => monitor.picture(pictureSpan(payload)) ?? refuse("no windows yet")),
    reference: validated(reference, (id) => references.get(id) ?? refuse(unknownReference)),
    takeReference: validated(requestSchemas.takeReference, ({ name, span, by, confirm = false }) => {
      if (monitor.isAlarmed && !confirm) refuse("an alarm is active: confirm to take a reference anyway");
      const taken = references.take(name, newestSpan(span), by);
      return taken ?? refuse(`no hits to make a reference from, or ${noPlace}`);
    }),
    chooseReference: answering((payload) => {
      const ids = Array.isArray(payload)
        ? readRequest(requestSchemas.references, payload)
        : payload === null
          ? []
          : [readRequest(reference, payload)];
      if (ids.some((id) => references.isOfOtherSetUp(id))) refuse("this reference is of another set-up");
      return references.choose(ids) ? references.list() : refuse(unknownReference);
    }),
    acceptNormal: validated(requestSchemas.acceptNormal, (request) => monitor.acceptNormal(request)),
    acceptances: answering(() => monitor.acceptances),
    deleteReference: validated(reference, (id) =>
      references.delete(id) ? references.list() : refuse(unknownReference),
    ),
    startRun: answering((payload) => {
      const { number, comment } = readRequest(startRun, payload ?? {});
      return monitor.startRun(number, comment);
    }),
    stopRun: answering(() => monitor.stopRun()),
    commentRun: validated(commentRun, ({ number, comment }) => {
      const run = monitor.runs.comment(number, comment);
      if (run === null) refuse("no such run");
      monitor.runChanged();
      return run;
    }),
    resetTotals: answering(() => monitor.resetTotals()),
    samples: answering(() => samples?.() ?? refuse(noSamples)),
  };
}

/** Answers with the value, or with the reason for a refusal. */
function answering(handle: (payload: unknown) => unknown): RequestHandler {
  return (payload) => {
    try {
      return { ok: true, value: handle(payload) };
    } catch (error) {
      if (error instanceof Refused) return refusal(error.message);
      throw error;
    }
  };
}

/** Answers a request after checking it by the schema. */
function validated<T extends TSchema>(schema: T, handle: (request: Static<T>) => unknown): RequestHandler {
  return answering((payload) => handle(readRequest(schema, payload)));
}

/** Answers with a page of a history. */
function paged(read: (beforeMs: number, limit: number) => unknown): RequestHandler {
  return answering((payload) => {
    const request: PageRequest = readRequest(page, payload ?? {});
    const { before_ms = Number.MAX_SAFE_INTEGER, limit = 100 } = request;
    return read(before_ms, limit);
  });
}

/** Runs that overlap a time span, oldest first. */
function runsIn({ from_ms }: SpanRequest, runs: readonly Run[]): Run[] {
  return runs.filter(({ stopped_ms }) => stopped_ms === null || stopped_ms > from_ms).reverse();
}

function inOrder<T extends SpanRequest>(request: T): T {
  if (request.to_ms <= request.from_ms) refuse("to_ms must be after from_ms");
  return request;
}

function pictureSpan(value: unknown): PictureSpan | PastSpan {
  const isPast = typeof value === "object" && value !== null && "up_to" in value && value.up_to !== undefined;
  return isPast ? readRequest(past, value) : newestSpan(value);
}

function newestSpan(value: unknown): PictureSpan {
  return value === "since" ? value : readRequest(newest, value);
}
