/** The part of the HTTP interface that returns past data: windows, trends, sums of windows. */
import type { Answer, TrendColumns, WindowMessage } from "../../../pipeline/model/index.js";
import { requestSchemas } from "../../../pipeline/model/schema/requests.js";
import { checkRequest, refusal } from "../requests.js";
import type { Store } from "../store/index.js";
import { asker, format, inPath, queryOf, queryParameters, type ApiParts } from "./operation-parts.js";
import type { Asked, Operation } from "./operation.js";
import type { Paged } from "./pages.js";

const { cellTrend, picture, trend, windowExport } = requestSchemas;

export function historyOperations({ store, requests }: ApiParts): Operation[] {
  const ask = asker(requests);
  return [
    {
      method: "GET",
      path: "/api/v1/windows",
      summary: "Whole windows that start in a span, oldest first; as JSON Lines with format=jsonl",
      parameters: [...queryParameters(windowExport), format],
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
        return window === undefined ? refusal("no such window") : { ok: true, value: window };
      },
    },
    {
      method: "GET",
      path: "/api/v1/trend",
      summary: "Counts over time in buckets; as CSV with format=csv",
      parameters: [...queryParameters(trend), format],
      answer: "Trend",
      formats: { csv: { type: "text/csv; charset=utf-8", write: toCsv } },
      run: ({ query }) => ask("trend", queryOf(trend, query)),
    },
    {
      method: "GET",
      path: "/api/v1/trend/cell",
      summary: "Hits of one cell over time",
      parameters: queryParameters(cellTrend),
      answer: "CellTrend",
      run: ({ query }) => ask("cellTrend", queryOf(cellTrend, query)),
    },
    {
      method: "GET",
      path: "/api/v1/picture",
      summary: "The sum of windows: since the last reset, of the newest windows, or of past windows",
      parameters: queryParameters(picture),
      answer: "Sum",
      run: ({ query }) => {
        const asked = queryOf(picture, query);
        return ask("picture", asked["windows"] === undefined ? "since" : asked);
      },
    },
  ];
}

function windowsOf(store: Store, query: Asked["query"]): Paged<WindowMessage> {
  const checked = checkRequest(windowExport, queryOf(windowExport, query));
  if (!checked.ok) return checked;
  const { from_ms, to_ms, limit = 100 } = checked.value;
  const windows = store.windowsBetween(from_ms, to_ms, limit + 1);
  const more = windows[limit];
  if (more === undefined) return { ok: true, value: windows };
  return { ok: true, value: windows.slice(0, limit), next: { from_ms: more.window.start_ms } };
}

function toLines(windows: WindowMessage[]): string {
  return windows.map((window) => `${JSON.stringify(window)}\n`).join("");
}

function toCsv(trend: TrendColumns): string {
  const { bucket_ms, hits_chamber, ...columns } = trend;
  const all: Record<string, (number | null)[]> = { ...columns };
  hits_chamber.forEach((hits, chamber) => (all[`hits_chamber_${chamber}`] = hits));
  const names = Object.keys(all);
  const lines = trend.start_ms.map((_, i) => [bucket_ms, ...names.map((name) => all[name]?.[i])].join(","));
  return [["bucket_ms", ...names].join(","), ...lines, ""].join("\n");
}
