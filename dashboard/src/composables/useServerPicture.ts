/** Sums that the page cannot make itself, because it was not there: all since the start, or more than it holds. */
import { shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import type { PictureSpan } from "../../../pipeline/model/index.js";
import { pictureOfSum, type Picture } from "../live/picture.js";
import type { Ask } from "./ask.js";

export interface ServerPicture {
  span: PictureSpan;
  picture: Picture | null;
}

/**
 * Asks anew whenever `trigger` changes, one request at a time; keeps the last answer.
 * @param wanted null when nothing is to be asked for
 */
export function useServerPicture(
  wanted: ComputedRef<PictureSpan | null>,
  trigger: () => unknown,
  ask: Ask,
): Readonly<ShallowRef<ServerPicture | null>> {
  const shown = shallowRef<ServerPicture | null>(null);
  let [asking, again] = [false, false];

  async function refresh(): Promise<void> {
    if (asking) return void (again = true);
    const span = wanted.value;
    if (span === null) return;
    asking = true;
    const answer = await ask("picture", span);
    asking = false;
    if (answer.ok) {
      shown.value = { span, picture: answer.value.windows === 0 ? null : pictureOfSum(answer.value) };
    }
    if (!again) return;
    again = false;
    await refresh();
  }

  watch([wanted, trigger], () => void refresh());
  void refresh();
  return shown;
}

export function sameSpan(a: PictureSpan, b: PictureSpan): boolean {
  return a === b || (typeof a === "object" && typeof b === "object" && a.windows === b.windows);
}
