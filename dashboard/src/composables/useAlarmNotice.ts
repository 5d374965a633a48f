/** A sound and a notice of the desktop when an alarm is raised, grows worse or comes back, unless silence is wanted. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";
import type { AlarmNews } from "../../../pipeline/model/index.js";
import { alarmsToTell, standing } from "../live/alarms.js";
import { findingWords } from "../words/findings.js";
import { lightMarks, lightWords } from "../words/names.js";
import { playAlarm, unlockSound } from "./alarm-sound.js";
import { recall, remember } from "./browser-memory.js";
import type { Monitor } from "./useMonitor.js";

const key = "muonitor.muted";

interface Shown {
  notice: Notification;
  /** When somebody took note of the alarm before it was shown: it is closed by the next who does. */
  notedMs: number | null;
}

interface AlarmNotice {
  muted: Readonly<ShallowRef<boolean>>;
  toggleMute: () => void;
}

export function useAlarmNotice({ alarms }: Monitor): AlarmNotice {
  // Off until a shifter wants it: browsers allow neither sound nor notices before they were asked for.
  const muted = shallowRef(recall(key) !== "no");
  const notices = new Map<string, Shown>();
  const told = new Map<string, AlarmNews>();

  function close(id: string): void {
    notices.get(id)?.notice.close();
    notices.delete(id);
  }

  watch(alarms, (now) => {
    const current = new Map(standing(now).map(({ id, acknowledged }) => [id, acknowledged?.at_ms ?? null]));
    for (const [id, { notedMs }] of notices) if (current.get(id) !== notedMs) close(id);
    const fresh = alarmsToTell(told, now);
    if (muted.value || fresh.length === 0) return;
    playAlarm(fresh.some(({ finding }) => finding.state === "bad"));
    for (const { id, finding, acknowledged } of fresh) {
      const light = `${lightMarks[finding.state]} ${lightWords[finding.state]}`;
      const notice = notify(`${light}: ${findingWords(finding)}`, finding.what_to_do);
      close(id);
      if (notice !== null) notices.set(id, { notice, notedMs: acknowledged?.at_ms ?? null });
    }
  });
  onScopeDispose(() => notices.forEach(({ notice }) => notice.close()));

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
