/** The references drawn with the data: stored references and past runs, each fetched once. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import { maxPastWindows } from "../../../pipeline/model/index.js";
import { pictureOfSum, type Picture } from "../live/picture.js";
import type { Ask } from "./ask.js";

/** A stored reference by its id, or a past run by its number. */
export type WantedReference = { id: string } | { run: number };

export interface NamedPicture {
  name: string;
  picture: Picture;
}

type Loaded = NamedPicture | { problem: string };

interface References {
  /** In the requested order, without those that have not arrived. */
  compared: ComputedRef<readonly NamedPicture[]>;
  /** Reason why some of them cannot be drawn. */
  problem: ComputedRef<string | null>;
}

export function useReferences(
  wanted: ComputedRef<readonly WantedReference[]>,
  isLive: ComputedRef<boolean>,
  ask: Ask,
): References {
  const known: Readonly<ShallowRef<ReadonlyMap<string, Loaded>>> = shallowRef(new Map());
  const asked = new Set<string>();

  async function load(one: WantedReference): Promise<Loaded> {
    if ("run" in one) return runPicture(one.run, ask);
    const answer = await ask("reference", one.id);
    return answer.ok
      ? { name: answer.value.name, picture: pictureOfSum(answer.value) }
      : { problem: answer.error };
  }

  async function refresh(all: readonly WantedReference[]): Promise<void> {
    const missing = all.filter((one) => !asked.has(keyOf(one)));
    await Promise.all(
      missing.map(async (one) => {
        const key = keyOf(one);
        asked.add(key);
        const loaded = await load(one);
        // A failed request is repeated when the reference is selected again.
        if ("problem" in loaded) asked.delete(key);
        (known as ShallowRef<ReadonlyMap<string, Loaded>>).value = new Map(known.value).set(key, loaded);
      }),
    );
  }

  const ready = computed(() => (isLive.value ? wanted.value : []));
  watch(ready, (all) => void refresh(all), { immediate: true });
  const loaded = computed(() => wanted.value.flatMap((one) => known.value.get(keyOf(one)) ?? []));
  return {
    compared: computed(() => loaded.value.flatMap((one) => ("problem" in one ? [] : [one]))),
    problem: computed(
      () => loaded.value.flatMap((one) => ("problem" in one ? [one.problem] : []))[0] ?? null,
    ),
  };
}

/** The last windows of an ended run; limited by the bridge's maximum. */
async function runPicture(number: number, ask: Ask): Promise<Loaded> {
  const runs = await ask("runs", { limit: 200 });
  if (!runs.ok) return { problem: runs.error };
  const run = runs.value.find((one) => one.number === number && one.stopped_ms !== null);
  if (run?.stopped_ms == null) return { problem: `run ${number} is not known, or has not ended` };
  const near = await ask("points", { direction: "before", ms: run.stopped_ms, limit: maxPastWindows });
  if (!near.ok) return { problem: near.error };
  const { started_ms: startedMs } = run;
  const own = near.value.filter(({ end_ms }) => end_ms > startedMs);
  const last = own.at(-1);
  if (last === undefined) return { problem: `the windows of run ${number} are no longer kept` };
  const sum = await ask("picture", { windows: own.length, up_to: last.msg_ID });
  if (!sum.ok) return { problem: sum.error };
  return { name: `run ${number}`, picture: pictureOfSum(sum.value) };
}

function keyOf(one: WantedReference): string {
  return "run" in one ? `run ${one.run}` : one.id;
}
