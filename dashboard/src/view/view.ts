/**
 * The shifter's view, without the data: tab, span, zoom and so on. The page address contains all of it, except
 * default values, so that a link shows the same view.
 */
import { maxChosenReferences, quantityNames, type QuantityName } from "../../../pipeline/model/index.js";
import type { Zoom } from "../charts/spec.js";
import { isTab, type Tab } from "../views/tabs.js";

/** Windows in the histograms: a number of the newest, or all since the start. */
export type Span = number | "start";
export const spanChoices: readonly Span[] = [1, 12, 60, "start"];
const largestSpan = 720;

/** Time range of the rate plot: minutes, the current run, or "all" of the bridge's history. */
export const rangeChoices = ["5", "30", "120", "1440", "run", "all"] as const;
export type RangeChoice = (typeof rangeChoices)[number];

/** The windows of the histograms: how many, up to a past window or the newest (null). */
export type ShownWindows = Pick<View, "span" | "window">;

const panels = ["alarms", "run", "reference", "rows", "practice", "remarks", "shift"] as const;
export type Panel = (typeof panels)[number];

/** Time range of the trends of derived quantities: hours, or run by run. */
export const trendRanges = ["1", "6", "24", "168", "1440", "runs"] as const;
export type TrendRange = (typeof trendRanges)[number];
/** Parts of the Muons tab. */
export const muonParts = ["segments", "cells", "words", "events"] as const;
export type MuonPart = (typeof muonParts)[number];

export interface View {
  tab: Tab;
  span: Span;
  range: RangeChoice;
  unit: "rate" | "count";
  /** Quantity of the trends in the History tab. */
  quantity: QuantityName;
  trendRange: TrendRange;
  form: "bars" | "cells";
  /** Number of the selected past window; null for the newest. */
  window: number | null;
  /** Number of the newest window at the pause; null while not paused. */
  pause: number | null;
  /** The selected cell: chamber and cell. */
  cell: readonly [number, number] | null;
  /** The selected part of the Muons tab. */
  part: MuonPart;
  /** The chamber whose muons are shown; null for all. */
  chamber: number | null;
  /** Orbit of the held event in the event display; null while it steps through the newest. */
  event: number | null;
  /** Name of the plot to which an alarm points. */
  at: string | null;
  /** The windows before the plot of an alarm changed them, for the way back; null if it did not. */
  back: ShownWindows | null;
  /** Times of a past alarm, ms: the time axis of the hit rate shows them. Null: the axis ends now. */
  around: Zoom | null;
  /** Whether the chosen references are shown in plots. */
  reference: boolean;
  /** Numbers of past runs shown in plots. */
  runs: readonly number[];
  /** Names of the plots with a logarithmic axis. */
  log: readonly string[];
  /** Zoomed plots by name. */
  zoom: Readonly<Record<string, Zoom>>;
  /** Name of the plot that fills the screen. */
  full: string | null;
  panel: Panel | null;
  /** Whether the wall display is shown: big lights, and plots in turn. */
  wall: boolean;
}

export const usualView: View = {
  tab: "overview",
  span: 12,
  range: "5",
  unit: "rate",
  quantity: "efficiency",
  trendRange: "6",
  form: "bars",
  window: null,
  pause: null,
  cell: null,
  part: "segments",
  chamber: null,
  event: null,
  at: null,
  back: null,
  around: null,
  reference: false,
  runs: [],
  log: [],
  zoom: {},
  full: null,
  panel: null,
  wall: false,
};

/** The newest window, and the hit rate up to now. */
export const newestView = { window: null, around: null } as const satisfies Partial<View>;

/** Another tab; cell, mark and full screen of the last one close with it. */
export function tabView(tab: Tab): Partial<View> {
  return { tab, cell: null, at: null, full: null };
}

/** Reads a view from an address, such as `?tab=drift&span=60`; missing and invalid parts have default values. */
export function readView(query: string): View {
  const given = new URLSearchParams(query);
  const text = (name: string): string => given.get(name) ?? "";
  return {
    tab: isTab(text("tab")) ? (text("tab") as Tab) : usualView.tab,
    span: readSpan(text("span")),
    range: oneOf(rangeChoices, text("range")) ?? usualView.range,
    unit: oneOf(["rate", "count"] as const, text("unit")) ?? usualView.unit,
    quantity: oneOf(quantityNames, text("quantity")) ?? usualView.quantity,
    trendRange: oneOf(trendRanges, text("trend")) ?? usualView.trendRange,
    form: oneOf(["bars", "cells"] as const, text("form")) ?? usualView.form,
    window: /^\d{1,16}$/.test(text("window")) ? Number(text("window")) : null,
    pause: /^\d{1,16}$/.test(text("pause")) ? Number(text("pause")) : null,
    cell: readCell(text("cell")),
    part: oneOf(muonParts, text("part")) ?? usualView.part,
    chamber: /^[0-7]$/.test(text("chamber")) ? Number(text("chamber")) : null,
    event: /^\d{1,10}$/.test(text("event")) ? Number(text("event")) : null,
    at: isName(text("at")) ? text("at") : null,
    back: readWindows(text("back")),
    around: readRange(...text("around").split(":")),
    reference: given.has("reference"),
    runs: readRuns(text("runs")),
    log: text("log").split(",").filter(isName),
    zoom: readZoom(given.getAll("zoom")),
    full: isName(text("full")) ? text("full") : null,
    panel: oneOf(panels, text("panel")) ?? null,
    wall: given.has("wall"),
  };
}

/** The address of a view; "" for the default view. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | null, usual: string | null = null): void => {
    if (value !== null && value !== usual) query.append(name, value);
  };
  put("tab", view.tab, usualView.tab);
  put("span", String(view.span), String(usualView.span));
  put("range", view.range, usualView.range);
  put("unit", view.unit, usualView.unit);
  put("quantity", view.quantity, usualView.quantity);
  put("trend", view.trendRange, usualView.trendRange);
  put("form", view.form, usualView.form);
  put("window", view.window === null ? null : String(view.window));
  put("pause", view.pause === null ? null : String(view.pause));
  put("cell", view.cell === null ? null : view.cell.join("."));
  put("part", view.part, usualView.part);
  put("chamber", view.chamber === null ? null : String(view.chamber));
  put("event", view.event === null ? null : String(view.event));
  put("at", view.at);
  put("back", view.back === null ? null : writeWindows(view.back));
  put("around", view.around === null ? null : view.around.join(":"));
  put("reference", view.reference ? "" : null);
  put("runs", view.runs.length === 0 ? null : view.runs.join("."));
  put("log", view.log.length === 0 ? null : view.log.join(","));
  for (const [plot, [from, to]] of Object.entries(view.zoom)) put("zoom", `${plot}:${from}:${to}`);
  put("full", view.full);
  put("panel", view.panel);
  put("wall", view.wall ? "" : null);
  const words = query.toString().replace(/=(?=&|$)/g, "");
  return words === "" ? "" : `?${words}`;
}

function readRuns(text: string): readonly number[] {
  const numbers = text.split(".").filter((one) => /^\d{1,10}$/.test(one));
  return [...new Set(numbers.map(Number))].slice(0, maxChosenReferences);
}

function readSpan(text: string): Span {
  if (text === "start") return "start";
  const windows = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return windows >= 1 && windows <= largestSpan ? windows : usualView.span;
}

/** "12" or, up to a past window, "12.4711"; null if it is neither. */
function readWindows(text: string): ShownWindows | null {
  const match = /^(\d{1,4}|start)(?:\.(\d{1,16}))?$/.exec(text);
  if (match === null) return null;
  const [, span = "", window] = match;
  return { span: readSpan(span), window: window === undefined ? null : Number(window) };
}

function writeWindows({ span, window }: ShownWindows): string {
  return window === null ? String(span) : `${span}.${window}`;
}

export function areSameWindows(a: ShownWindows, b: ShownWindows): boolean {
  return a.span === b.span && a.window === b.window;
}

function readCell(text: string): readonly [number, number] | null {
  const match = /^([0-7])\.(\d\d?)$/.exec(text);
  return match !== null && Number(match[2]) < 64 ? [Number(match[1]), Number(match[2])] : null;
}

function readZoom(texts: readonly string[]): Record<string, Zoom> {
  const zooms = texts.flatMap((text) => {
    const [plot = "", ...ends] = text.split(":");
    const range = readRange(...ends);
    return isName(plot) && range !== null ? [[plot, range] as const] : [];
  });
  return Object.fromEntries(zooms);
}

function readRange(from = "", to = "", ...more: string[]): Zoom | null {
  const range: Zoom = [Number(from), Number(to)];
  const isSound = more.length === 0 && from !== "" && range[0] < range[1];
  return isSound && range.every(Number.isFinite) ? range : null;
}

/** Names of plots: lower-case letters, digits and dashes. */
function isName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,30}$/.test(text);
}

function oneOf<T extends string>(choices: readonly T[], text: string): T | undefined {
  return choices.find((choice) => choice === text);
}
