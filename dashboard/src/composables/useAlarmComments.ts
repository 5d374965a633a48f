/** Comments that are being written, by id of the alarm: kept if the alarm clears or the panel is closed. */
import { shallowReactive } from "vue";

const comments = shallowReactive(new Map<string, string>());

export function useAlarmComments(): Map<string, string> {
  return comments;
}
