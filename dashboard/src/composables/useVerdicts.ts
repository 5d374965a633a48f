/** The lights: what the rules at the bridge say, unless this browser knows that it cannot hear them. */
import { computed, type ComputedRef } from "vue";
import { chamberCount, type QualityState, type Verdict } from "../../../pipeline/model/index.js";
import { judgeChambers } from "../live/judge.js";
import { newestWindow, sumUpTo } from "../live/state.js";
import { verdictOf } from "../live/verdict.js";
import { useDataAge } from "./useDataAge.js";
import type { Monitor } from "./useMonitor.js";

export interface ShownVerdict {
  state: QualityState;
  reason: string;
  /** Server clock since when, ms; null when not known. */
  sinceMs: number | null;
  /** Key of the finding that gives the state. */
  finding: string | null;
}

export interface Verdicts {
  whole: ComputedRef<ShownVerdict>;
  /** One per chamber. */
  chambers: ComputedRef<ShownVerdict[]>;
  scintillator: ComputedRef<ShownVerdict>;
  /** False when the bridge is not heard: the lights are those of then. */
  fresh: ComputedRef<boolean>;
}

const unjudged: ShownVerdict = { state: "none", reason: "not judged yet", sinceMs: null, finding: null };

export function useVerdicts(monitor: Monitor): Verdicts {
  const { connection, quality, state, status } = monitor;
  const { ageMs } = useDataAge(monitor);
  const own = computed(() => {
    const live = state.value;
    return judgeChambers(sumUpTo(live, 2), sumUpTo(live, live.pictures.length));
  });
  const fresh = computed(() => connection.value === "live");
  const whole = computed<ShownVerdict>(() => {
    if (fresh.value && quality.value !== null) return shownOf(quality.value.whole);
    const judgements = own.value;
    const newest = newestWindow(state.value);
    const dataAgeMs = ageMs.value;
    const { light, reason } = verdictOf({
      connection: connection.value,
      status: status.value,
      newest,
      dataAgeMs,
      judgements,
    });
    return { ...unjudged, state: light, reason };
  });
  const chambers = computed(() =>
    Array.from({ length: chamberCount }, (_, chamber): ShownVerdict => {
      const given = quality.value?.chambers[chamber];
      if (given !== undefined) return stale(shownOf(given), fresh.value);
      const judged = own.value[chamber];
      return judged === undefined ? unjudged : { ...unjudged, state: judged.light, reason: judged.reason };
    }),
  );
  const scintillator = computed(() => {
    const given = quality.value?.scintillator;
    return given === undefined ? unjudged : stale(shownOf(given), fresh.value);
  });
  return { whole, chambers, scintillator, fresh };
}

function shownOf({ state, reason, since_ms: sinceMs, finding }: Verdict): ShownVerdict {
  return { state, reason, sinceMs, finding };
}

/** Nothing old looks new: what was judged before the line broke is not the state of now. */
function stale(verdict: ShownVerdict, fresh: boolean): ShownVerdict {
  return fresh
    ? verdict
    : { ...verdict, state: "none", reason: `unknown; was ${verdict.state}: ${verdict.reason}` };
}
