/** Shared state of the page: received data, the current selection, and the time. */
import { computed, inject, provide, watch, type ComputedRef, type InjectionKey, type ShallowRef } from "vue";
import {
  cellWidthMm,
  maxChosenReferences,
  maxPastWindows,
  type Alarm,
  type ChamberView,
  type PastSpan,
  type PictureSpan,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import type { Look } from "../charts/spec.js";
import { withNumbers } from "../live/alarms.js";
import { chambersShown } from "../live/chambers.js";
import { connectionOf, type Connection } from "../live/connection.js";
import { elapsedMs, type Moment } from "../live/moment.js";
import { pictureOf, type Picture } from "../live/picture.js";
import { newestWindow, sumUpTo } from "../live/state.js";
import { newestView, type Span } from "../view/view.js";
import { useClock, type Clock } from "./useClock.js";
import { useColourTheme } from "./useColourTheme.js";
import { useLiveWindows, type LiveWindows } from "./useLiveWindows.js";
import { useOlder, type Older } from "./useOlder.js";
import { usePastWindow } from "./usePastWindow.js";
import { usePause, type Pause } from "./usePause.js";
import { useReferences, type NamedPicture, type WantedReference } from "./useReferences.js";
import { useScale } from "./useScale.js";
import { sameSpan, useServerPicture } from "./useServerPicture.js";
import { useView, type ViewControl } from "./useView.js";

export interface Monitor
  extends Omit<LiveWindows, "alarms">, ViewControl, Older, Pick<Pause, "paused" | "shown" | "behind"> {
  /** Newest first; active alarms have the numbers of the lights. */
  alarms: ComputedRef<readonly Alarm[]>;
  togglePause: () => void;
  now: Readonly<ShallowRef<Moment>>;
  /** Last sleep of this browser. */
  slept: Clock["slept"];
  /** The server's clock, which is also that of the data, Unix epoch, ms. */
  serverNow: ComputedRef<number>;
  connection: ComputedRef<Connection>;
  /** Server's clock at the last message of the bridge; before the first, when the page was opened. */
  heardMs: ComputedRef<number>;
  /** The selected past window; null for the newest. */
  selected: ComputedRef<WindowMessage | null>;
  /** Reason why the selected window cannot be shown. */
  selectedProblem: Readonly<ShallowRef<string | null>>;
  /** Whether the bridge does not have the selected window. */
  isMissing: Readonly<ShallowRef<boolean>>;
  /** The window shown: the selected one, or the newest. */
  message: ComputedRef<WindowMessage | null>;
  picture: ComputedRef<Picture | null>;
  /** References and past runs in the plots, at most three. */
  compared: ComputedRef<readonly NamedPicture[]>;
  /** Reason why one of them cannot be drawn. */
  comparedProblem: ComputedRef<string | null>;
  /** Appearance of a chart of the picture, by name of the plot. */
  lookOf: (plot: string) => Look;
  /** The chambers, in order. */
  chambers: ComputedRef<readonly ChamberView[]>;
  /** Whether the set-up has a timing source for t0. */
  hasTiming: ComputedRef<boolean>;
  dark: ComputedRef<boolean>;
  toggleTheme: () => void;
}

const key: InjectionKey<Monitor> = Symbol("monitor");

export function provideMonitor(): Monitor {
  const live = useLiveWindows();
  const control = useView();
  const { now, slept, read } = useClock();
  // A status updates the page once a second: update the time at the same moment.
  watch(live.status, read, { flush: "sync" });
  const pause = usePause(
    live.state,
    computed(() => control.view.value.pause),
    (pause) => control.look({ pause }),
  );
  // If the page no longer holds the window of the pause, show it as a past window.
  watch(
    () => pause.paused.value && pause.shown.value.windows.length === 0 && live.state.value.windows.length > 0,
    (isGone) => isGone && control.look({ window: control.view.value.pause, pause: null }),
    { immediate: true },
  );
  const theme = useColourTheme();
  const serverNow = computed(() => {
    const clock = live.serverClock.value;
    return clock === null ? now.value.wallMs : clock.serverMs + elapsedMs(clock.at, now.value);
  });
  const heardMs = computed(() => {
    const [{ heard, opened }, clock] = [live.line.value, live.serverClock.value];
    const last = heard ?? opened;
    return clock === null ? last.wallMs : clock.serverMs + elapsedMs(clock.at, last);
  });
  const connection = computed(() => connectionOf(live.line.value, now.value));
  const shownPart = usePicture(live, control, pause, connection);
  // After a sleep the state of the connection is not known.
  watch(slept, live.reconnect);
  const clock = { now, slept, serverNow, connection, heardMs };
  const colours = { dark: theme.dark, toggleTheme: theme.toggle };
  const { paused, shown, behind } = pause;
  const parts = { paused, shown, behind, togglePause: pauseToggle(pause, control) };
  const chambers = computed(() => {
    const newest = shownPart.message.value ?? newestWindow(live.state.value);
    return chambersShown(live.detector.value, newest?.hit_count_chamber.length ?? null);
  });
  const known = computed(() => ({
    names: chambers.value.map(({ name }) => name),
    boxEndsNs: chambers.value.map(({ drift_velocity_um_per_ns: v }) => (1000 * cellWidthMm) / 2 / v),
  }));
  const lookOf = looks(control, theme.dark, shownPart, known);
  const older = useOlder(shown, live.ask);
  const monitor: Monitor = {
    ...live,
    ...control,
    ...parts,
    ...older,
    ...clock,
    ...shownPart,
    ...colours,
    alarms: computed(() => withNumbers(live.alarms.value, live.quality.value?.findings ?? [])),
    lookOf,
    chambers,
    hasTiming: computed(() => live.detector.value?.timing.length !== 0),
  };
  provide(key, monitor);
  return monitor;
}

/** Resuming returns to the newest window, also from a past window. */
function pauseToggle(pause: Pause, { look }: Pick<ViewControl, "look">): () => void {
  return () => {
    if (pause.paused.value) look(newestView);
    pause.toggle();
  };
}

type ShownPart = Pick<
  Monitor,
  "selected" | "selectedProblem" | "isMissing" | "message" | "picture" | "compared" | "comparedProblem"
>;

/** Content of the plots: window, sum and references. */
function usePicture(
  live: LiveWindows,
  { view }: ViewControl,
  { shown, paused }: Pause,
  connection: ComputedRef<Connection>,
): ShownPart {
  const windowId = computed(() => view.value.window);
  const isLive = computed(() => connection.value === "live");
  const past = usePastWindow(windowId, live.state, live.ask, isLive);
  const span = computed(() => view.value.span);
  const own = computed(() => {
    if (span.value === "start") return null;
    return sumUpTo(shown.value, span.value, view.value.window ?? undefined);
  });
  const serverSpan = computed(() => spanAtServer(span.value, windowId.value));
  const isPast = computed(() => windowId.value !== null);
  const wanted = computed(() => {
    const changes = !isPast.value && paused.value;
    return own.value !== null || changes || !isLive.value ? null : serverSpan.value;
  });
  // Past sums do not change.
  const fresh = (): unknown => (isPast.value ? null : [live.state.value.windows, live.run.value]);
  const fromServer = useServerPicture(wanted, fresh, live.ask);
  const message = computed(() => (windowId.value === null ? newestWindow(shown.value) : past.message.value));
  const picture = computed(() => {
    if (own.value !== null) return own.value;
    const [given, asked] = [fromServer.value, serverSpan.value];
    if (given !== null && asked !== null && sameSpan(given.span, asked)) return given.picture;
    if (windowId.value !== null) return past.message.value && pictureOf(past.message.value);
    return sumUpTo({ ...shown.value, trend: [] }, shown.value.pictures.length);
  });
  const wantedReferences = computed(() => {
    const chosen = view.value.reference ? live.references.value.filter((one) => one.chosen) : [];
    const runs = view.value.runs.map((run): WantedReference => ({ run }));
    return [...chosen.map(({ id }): WantedReference => ({ id })), ...runs].slice(0, maxChosenReferences);
  });
  const references = useReferences(wantedReferences, isLive, live.ask);
  const selected = computed(() => (windowId.value === null ? null : past.message.value));
  const { compared, problem: comparedProblem } = references;
  const { problem: selectedProblem, isMissing } = past;
  return { selected, selectedProblem, isMissing, message, picture, compared, comparedProblem };
}

/** The sum to request from the bridge; null if only one window can be shown. */
function spanAtServer(span: Span, windowId: number | null): PictureSpan | PastSpan | null {
  if (windowId === null) return span === "start" ? "since" : { windows: span };
  const isSum = span !== "start" && span > 1 && span <= maxPastWindows;
  return isSum ? { windows: span, up_to: windowId } : null;
}

/** On the wall display, text in plots is larger than other text. */
const wallScale = 1.3;

function looks(
  { view }: ViewControl,
  dark: ComputedRef<boolean>,
  { picture, compared }: ShownPart,
  known: ComputedRef<Pick<Look, "names" | "boxEndsNs">>,
): (plot: string) => Look {
  const scale = useScale();
  const references = computed(() => {
    const durationMs = picture.value?.durationMs ?? 0;
    return compared.value
      .filter((one) => durationMs > 0 && one.picture.durationMs > 0)
      .map((one) => ({ ...one, scale: durationMs / one.picture.durationMs }));
  });
  return (plot) => ({
    dark: dark.value,
    log: view.value.log.includes(plot),
    scale: scale.value * (view.value.wall ? wallScale : 1),
    references: references.value,
    ...known.value,
  });
}

export function useMonitor(): Monitor {
  const monitor = inject(key);
  if (monitor === undefined) throw new Error("useMonitor outside of the page");
  return monitor;
}
