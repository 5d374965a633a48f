/** Sums from the bridge, over windows that the page does not keep: all since the start, old ones, or more than it can hold. */
import { shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import type { PastSpan, PictureSpan } from "../../../pipeline/model/index.js";
import { pictureOfSum, type Picture } from "../live/picture.js";
import type { Ask } from "./ask.js";

type Span = PictureSpan | PastSpan;

interface ServerPicture {
  span: Span;
  picture: Picture | null;
}

/**
 * Requests the sum whenever `trigger` changes, one request at a time; keeps the last answer.
 * @param wanted null for no request
 */
export function useServerPicture(
  wanted: ComputedRef<Span | null>,
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

export function sameSpan(a: Span, b: Span): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.windows === b.windows && upTo(a) === upTo(b);
}

function upTo(span: { windows: number } | PastSpan): number | null {
  return "up_to" in span ? span.up_to : null;
}
