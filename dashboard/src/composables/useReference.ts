/** The reference that is drawn over the plots: the one that the rules compare with, fetched once. */
import { shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import { pictureOfSum, type Picture } from "../live/picture.js";
import type { Ask } from "./ask.js";

export interface NamedPicture {
  id: string;
  name: string;
  picture: Picture;
}

/** @param wanted id of the reference; null when none is to be drawn */
export function useReference(
  wanted: ComputedRef<string | null>,
  ask: Ask,
): Readonly<ShallowRef<NamedPicture | null>> {
  const reference = shallowRef<NamedPicture | null>(null);
  watch(
    wanted,
    async (id) => {
      reference.value = null;
      if (id === null) return;
      const answer = await ask("reference", id);
      if (!answer.ok || wanted.value !== id) return;
      reference.value = { id, name: answer.value.name, picture: pictureOfSum(answer.value) };
    },
    { immediate: true },
  );
  return reference;
}
