/** A sound and a notice of the desktop when an alarm is raised, unless the shifter wants silence. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";
import { newlyRaised, standing } from "../live/alarms.js";
import { findingWords } from "../words/findings.js";
import { lightMarks, lightWords } from "../words/names.js";
import { playAlarm, unlockSound } from "./alarm-sound.js";
import { recall, remember } from "./browser-memory.js";
import type { Monitor } from "./useMonitor.js";

const key = "muonitor.muted";

export interface AlarmNotice {
  muted: Readonly<ShallowRef<boolean>>;
  toggleMute: () => void;
}

export function useAlarmNotice({ alarms }: Monitor): AlarmNotice {
  // Off until a shifter wants it: browsers allow neither sound nor notices before they were asked for.
  const muted = shallowRef(recall(key) !== "no");
  const notices = new Map<string, Notification>();

  watch(alarms, (now, before) => {
    for (const [id, notice] of notices) {
      if (standing(now).some((alarm) => alarm.id === id && alarm.acknowledged === null)) continue;
      notice.close();
      notices.delete(id);
    }
    const fresh = newlyRaised(before, now);
    if (muted.value || fresh.length === 0) return;
    playAlarm(fresh.some(({ finding }) => finding.state === "bad"));
    for (const { id, finding } of fresh) {
      const light = `${lightMarks[finding.state]} ${lightWords[finding.state]}`;
      const notice = notify(`${light}: ${findingWords(finding)}`, finding.what_to_do);
      if (notice !== null) notices.set(id, notice);
    }
  });
  onScopeDispose(() => notices.forEach((notice) => notice.close()));

  function toggleMute(): void {
    muted.value = !muted.value;
    remember(key, muted.value ? "yes" : "no");
    if (muted.value) return;
    unlockSound();
    if (typeof Notification !== "undefined") void Notification.requestPermission();
  }
  return { muted, toggleMute };
}

function notify(title: string, body: string): Notification | null {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return null;
  return new Notification(title, { body, tag: title });
}
