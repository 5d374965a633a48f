/** The part of the HTTP interface that gives the past: windows, trends, pictures. */
import {
  maxPastWindows,
  type Answer,
  type TrendColumns,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { refusal } from "../requests.js";
import type { Store } from "../store/index.js";
import { asker, format, inPath, query, spanOf, timeSpan, type ApiParts } from "./operation-parts.js";
import { numberOf, type Asked, type Operation } from "./operation.js";
import type { Paged } from "./pages.js";

/** So many windows at most in one answer. */
const maxExportedWindows = 1000;

export function historyOperations({ store, requests }: ApiParts): Operation[] {
  const ask = asker(requests);
  return [
    {
      method: "GET",
      path: "/api/v1/windows",
      summary: "Whole windows that start in a span, the oldest first; as JSON Lines with format=jsonl",
      parameters: [
        ...timeSpan,
        query(
          "limit",
          `at most so many, 1 to ${maxExportedWindows}; default 100; the header Link names the next ones`,
        ),
        format,
      ],
      answer: "Window[]",
      formats: { jsonl: { type: "application/jsonl", write: toLines } },
      run: ({ query }) => windowsOf(store, query),
    },
    {
      method: "GET",
      path: "/api/v1/windows/{id}",
      summary: "One whole window by its msg_ID",
      parameters: [inPath("id", "integer", "msg_ID of the window")],
      answer: "Window",
      run: async ({ path }) => {
        const answer = (await ask("windows", [Number(path["id"])])) as Answer<WindowMessage[]>;
        if (!answer.ok) return answer;
        const [window] = answer.value;
        return window === undefined ? refusal("there is no such window") : { ok: true, value: window };
      },
    },
    {
      method: "GET",
      path: "/api/v1/trend",
      summary: "Counts against time in buckets; as CSV with format=csv",
      parameters: [...timeSpan, query("points", "at most so many buckets, 1 to 2000", true), format],
      answer: "Trend",
      formats: { csv: { type: "text/csv; charset=utf-8", write: toCsv } },
      run: ({ query }) => ask("trend", spanOf(query)),
    },
    {
      method: "GET",
      path: "/api/v1/trend/cell",
      summary: "Hits of one cell against time",
      parameters: [
        ...timeSpan,
        query("points", "at most so many buckets, 1 to 2000", true),
        query("chamber", "0 to 3", true),
        query("cell", "0 to 63", true),
      ],
      answer: "CellTrend",
      run: ({ query }) =>
        ask("cellTrend", {
          ...spanOf(query),
          chamber: numberOf(query, "chamber"),
          cell: numberOf(query, "cell"),
        }),
    },
    {
      method: "GET",
      path: "/api/v1/picture",
      summary: "The sum of windows: since the last reset, of the newest ones, or of some of the past",
      parameters: [
        query("windows", "so many of the newest windows; default: all since the last reset"),
        query("up_to", `with windows, at most ${maxPastWindows}: those up to and with this msg_ID`),
      ],
      answer: "Sum",
      run: ({ query }) => {
        const [windows, up_to] = [numberOf(query, "windows"), numberOf(query, "up_to")];
        const past = up_to === undefined ? {} : { up_to };
        return ask("picture", windows === undefined ? "since" : { windows, ...past });
      },
    },
  ];
}

function windowsOf(store: Store, query: Asked["query"]): Paged<WindowMessage> {
  const [from, to] = [numberOf(query, "from_ms"), numberOf(query, "to_ms")];
  const limit = numberOf(query, "limit") ?? 100;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    return refusal("from_ms and to_ms must be integers");
  if (!(limit >= 1 && limit <= maxExportedWindows))
    return refusal(`limit must be 1 to ${maxExportedWindows}`);
  const windows = store.windowsBetween(from as number, to as number, limit + 1);
  const more = windows[limit];
  if (more === undefined) return { ok: true, value: windows };
  return { ok: true, value: windows.slice(0, limit), next: { from_ms: more.window.start_ms } };
}

function toLines(windows: WindowMessage[]): string {
  return windows.map((window) => `${JSON.stringify(window)}\n`).join("");
}

function toCsv(trend: TrendColumns): string {
  const { bucket_ms, hits_chamber, ...columns } = trend;
  const all: Record<string, number[]> = { ...columns };
  hits_chamber.forEach((hits, chamber) => (all[`hits_chamber_${chamber}`] = hits));
  const names = Object.keys(all);
  const lines = trend.start_ms.map((_, i) =>
    [bucket_ms, ...names.map((name) => all[name]?.[i] ?? 0)].join(","),
  );
  return [["bucket_ms", ...names].join(","), ...lines, ""].join("\n");
}
