/** The lights of the whole detector, the chambers and the scintillator. */
import { computed, type ComputedRef } from "vue";
import {
  chamberVerdict,
  scintillatorVerdict,
  wholeVerdict,
  type Heard,
  type ShownVerdict,
} from "../live/verdict.js";
import { useDataAge } from "./useDataAge.js";
import type { Monitor } from "./useMonitor.js";

interface Verdicts {
  whole: ComputedRef<ShownVerdict>;
  /** One per chamber. */
  chambers: ComputedRef<ShownVerdict[]>;
  scintillator: ComputedRef<ShownVerdict>;
}

/** Time after a sleep in which the browser is still reconnecting. */
const wakingMs = 10_000;

export function useVerdicts(monitor: Monitor): Verdicts {
  const { connection, heardMs, quality, alarms, slept, now } = monitor;
  const { ageMs, light } = useDataAge(monitor);
  const justSlept = computed(() => slept.value !== null && now.value.wallMs - slept.value.toMs < wakingMs);
  const heard = computed<Heard>(() => ({
    connection: connection.value,
    lostMs: connection.value === "live" ? null : heardMs.value,
    justSlept: justSlept.value,
    quality: quality.value,
    alarms: alarms.value,
    ageMs: ageMs.value,
    overdue: light.value === "bad",
  }));
  return {
    whole: computed(() => wholeVerdict(heard.value)),
    chambers: computed(() =>
      monitor.chambers.value.map((_, chamber) => chamberVerdict(heard.value, chamber)),
    ),
    scintillator: computed(() => scintillatorVerdict(heard.value)),
  };
}
