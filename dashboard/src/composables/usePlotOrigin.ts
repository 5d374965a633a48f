/** The origin of the numbers of a plot, for exported files. */
import { computed, type ComputedRef } from "vue";
import type { Run } from "../../../pipeline/model/index.js";
import type { PlotOrigin } from "../components/chart-export.js";
import { plural, utcDateTime, utcTime } from "../words/format.js";
import { pinnedLink } from "./pinned-link.js";
import type { Monitor } from "./useMonitor.js";

export function usePlotOrigin(plot: string, monitor: Monitor): ComputedRef<PlotOrigin> {
  const { status, picture, message, compared, run } = monitor;
  const covered = computed(() => {
    const { windows = 0, startMs = null, endMs = null } = picture.value ?? {};
    return { windows, start_ms: startMs, end_ms: endMs };
  });
  return computed(() => ({
    plot,
    stream: status.value?.stream ?? "",
    set_up: message.value?.config_hash ?? "default",
    demo: status.value?.demo ?? false,
    ...covered.value,
    window_id: message.value?.msg_ID ?? null,
    reference: comparedNames(compared.value),
    run: runOf(run.value?.current ?? null, covered.value.start_ms),
    link: pinnedLink(monitor),
  }));
}

/** Names of the references drawn; null without any. */
export function comparedNames(compared: readonly { name: string }[]): string | null {
  return compared.length === 0 ? null : compared.map(({ name }) => name).join(", ");
}

/** A run counts only from its own start. */
export function runOf(run: Run | null, startMs: number | null): number | null {
  return run === null || startMs === null || startMs < run.started_ms ? null : run.number;
}

/** The origin in two lines, for a picture. */
export function originLines(origin: PlotOrigin): string[] {
  const { stream, demo, windows, start_ms: start, end_ms: end, window_id: id, run } = origin;
  const time = start === null || end === null ? "" : `, ${utcDateTime(start)} to ${utcTime(end)} UTC`;
  const parts = [stream, demo ? "DEMO" : "", run === null ? "" : `run ${run}`];
  return [parts.filter(Boolean).join(" · "), `${plural(windows, "window")} up to ${id ?? "–"}${time}`];
}
