/** All that the parts of the page share: what came in, what is shown of it, and the time. */
import {
  computed,
  inject,
  provide,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type ShallowRef,
} from "vue";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { connectionOf, type Connection } from "../live/connection.js";
import { judgeChambers, type Judgement } from "../live/judge.js";
import { pictureOf, sumPictures, type Picture } from "../live/picture.js";
import { newestWindow, type LiveState } from "../live/state.js";
import { useClock } from "./useClock.js";
import { useColourTheme } from "./useColourTheme.js";
import { useLiveWindows, type LiveWindows } from "./useLiveWindows.js";
import { usePause, type Pause } from "./usePause.js";

/** Which windows the histograms show. */
export type Span = "last" | "recent" | "all";

export interface Monitor extends LiveWindows, Pick<Pause, "paused" | "shown" | "behind"> {
  togglePause: () => void;
  /** Browser clock, every second. */
  now: Readonly<ShallowRef<number>>;
  /** The server's clock, by which the data is stamped. */
  serverNow: ComputedRef<number>;
  connection: ComputedRef<Connection>;
  span: ShallowRef<Span>;
  /** A past window that the shifter chose to look at; null for the newest. */
  selected: ShallowRef<WindowMessage | null>;
  message: ComputedRef<WindowMessage | null>;
  picture: ComputedRef<Picture | null>;
  /** One per chamber, of the newest windows that are shown. */
  judgements: ComputedRef<Judgement[]>;
  /** The same of the newest windows of all: an alarm does not wait for the end of a pause. */
  liveJudgements: ComputedRef<Judgement[]>;
  dark: ComputedRef<boolean>;
  toggleTheme: () => void;
}

const key: InjectionKey<Monitor> = Symbol("monitor");
/** Silence of chambers and layers is judged over this many windows. */
const recentWindows = 2;

export function provideMonitor(): Monitor {
  const live = useLiveWindows();
  const { paused, shown, behind, toggle: togglePause } = usePause(live.state);
  const now = useClock();
  const { dark, toggle: toggleTheme } = useColourTheme();
  const span = shallowRef<Span>("recent");
  const selected = shallowRef<WindowMessage | null>(null);
  const message = computed(() => selected.value ?? newestWindow(shown.value));
  const held = computed(() => sumPictures(shown.value.windows));
  const judgements = computed(() => judge(shown.value));
  const picture = computed(() => {
    if (selected.value !== null || span.value === "last") return message.value && pictureOf(message.value);
    return span.value === "recent" ? held.value : shown.value.sum;
  });
  const monitor: Monitor = {
    ...live,
    paused,
    shown,
    behind,
    togglePause,
    now,
    serverNow: computed(() => now.value + live.clockOffsetMs.value),
    connection: computed(() => connectionOf(live.line.value, now.value)),
    span,
    selected,
    message,
    picture,
    judgements,
    liveJudgements: computed(() => (paused.value ? judge(live.state.value) : judgements.value)),
    dark,
    toggleTheme,
  };
  provide(key, monitor);
  return monitor;
}

function judge({ windows }: LiveState): Judgement[] {
  return judgeChambers(sumPictures(windows.slice(-recentWindows)), sumPictures(windows));
}

export function useMonitor(): Monitor {
  const monitor = inject(key);
  if (monitor === undefined) throw new Error("useMonitor outside of the page");
  return monitor;
}
