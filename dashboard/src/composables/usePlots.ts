/** The plots on the page. Keys act on the plot in focus, under the pointer, or the first one. */
import {
  inject,
  onBeforeUnmount,
  onMounted,
  provide,
  shallowRef,
  type InjectionKey,
  type ShallowRef,
} from "vue";
import type { PlotKind } from "../words/plots.js";

/** Actions on a plot, by key. */
export type PlotKeys = Readonly<Record<string, () => void>>;

interface PlotHandle {
  element: () => HTMLElement | null;
  keys: PlotKeys;
  /** The plot as a picture in light colours, for exported files. */
  paper: () => string;
  title: () => string;
}

export interface Plots {
  register: (plot: PlotHandle) => void;
  forget: (plot: PlotHandle) => void;
  /** The plot under the pointer. */
  pointed: ShallowRef<PlotHandle | null>;
  /** All plots, in the order of the page. */
  all: () => PlotHandle[];
  /** Handles a key; false if it is not a key of plots. */
  press: (key: string) => boolean;
  /** Subject of the open help; "page" is the page as a whole. */
  help: ShallowRef<PlotKind | "page" | null>;
}

const key: InjectionKey<Plots> = Symbol("plots");

export function providePlots(): Plots {
  const known = new Set<PlotHandle>();
  const pointed = shallowRef<PlotHandle | null>(null);
  const all = (): PlotHandle[] => [...known].sort(byPlace);
  function meant(): PlotHandle | undefined {
    const focused = document.activeElement;
    const inFocus = [...known].find((plot) => plot.element()?.contains(focused) === true);
    return inFocus ?? pointed.value ?? all()[0];
  }
  const plots: Plots = {
    register: (plot) => void known.add(plot),
    forget(plot) {
      known.delete(plot);
      if (pointed.value === plot) pointed.value = null;
    },
    pointed,
    all,
    press(pressed) {
      const action = meant()?.keys[pressed];
      action?.();
      return action !== undefined;
    },
    help: shallowRef(null),
  };
  provide(key, plots);
  return plots;
}

export function usePlots(): Plots {
  const plots = inject(key);
  if (plots === undefined) throw new Error("usePlots outside of the page");
  return plots;
}

/** Registers a plot during the lifetime of its component. */
export function registerPlot(plot: PlotHandle): Plots {
  const plots = usePlots();
  onMounted(() => plots.register(plot));
  onBeforeUnmount(() => plots.forget(plot));
  return plots;
}

function byPlace(a: PlotHandle, b: PlotHandle): number {
  const [one, two] = [a.element(), b.element()];
  if (one === null || two === null) return 0;
  return one.compareDocumentPosition(two) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
