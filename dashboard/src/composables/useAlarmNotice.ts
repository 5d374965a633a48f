/**
 * Sound and desktop notifications when an alarm is raised, gets worse or is reopened. Unless muted, the sound repeats
 * every few minutes until the alarm is acknowledged.
 */
import { onScopeDispose, shallowRef, type ShallowRef, watch } from "vue";
import type { AlarmNews } from "../../../pipeline/model/index.js";
import { alarmsToRemind, alarmsToNotify, isSilenced, standing } from "../live/alarms.js";
import { findingWords } from "../words/findings.js";
import { lightMarks, lightWords } from "../words/names.js";
import { recall, remember } from "./browser-memory.js";
import type { Monitor } from "./useMonitor.js";

const key = "muonitor.muted";

interface Shown {
  notice: Notification;
  /** Time of the last acknowledgement before the notification: a later one closes it. */
  notedMs: number | null;
}

interface AlarmNotice {
  muted: Readonly<ShallowRef<boolean>>;
  toggleMute: () => void;
}

/** A bad alarm without acknowledgement sounds again after this time, ms. */
const remindEveryMs = 300_000;

export function useAlarmNotice({ alarms, serverNow }: Monitor, reminderMs = remindEveryMs): AlarmNotice {
  // Off until a shifter switches it on: browsers require permission for sound and notifications.
  const muted = shallowRef(recall(key) !== "no");
  const notices = new Map<string, Shown>();
  const lastNews = new Map<string, AlarmNews>();
  /** Server time of the last sound, or of the last time without a reason for one. */
  let soundedMs = serverNow.value;

  function close(id: string): void {
    notices.get(id)?.notice.close();
    notices.delete(id);
  }

  watch(alarms, (now) => {
    const current = new Map(standing(now).map(({ id, acknowledged }) => [id, acknowledged?.at_ms ?? null]));
    for (const [id, { notedMs }] of notices) if (current.get(id) !== notedMs) close(id);
    const fresh = alarmsToNotify(lastNews, now).filter((alarm) => !isSilenced(alarm, serverNow.value));
    if (muted.value || fresh.length === 0) return;
    soundedMs = serverNow.value;
    playAlarm(fresh.some(({ finding }) => finding.state === "bad"));
    for (const { id, finding, acknowledged } of fresh) {
      const light = `${lightMarks[finding.state]} ${lightWords[finding.state]}`;
      const notice = notify(`${light}: ${findingWords(finding)}`, finding.what_to_do);
      close(id);
      if (notice !== null) notices.set(id, { notice, notedMs: acknowledged?.at_ms ?? null });
    }
  });
  // The clock ticks every second, or every minute in a background tab.
  watch(serverNow, (nowMs) => {
    const due = alarmsToRemind(alarms.value, nowMs);
    if (due.length === 0 || muted.value) return void (soundedMs = nowMs);
    if (nowMs - soundedMs < reminderMs) return;
    soundedMs = nowMs;
    playAlarm(true);
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

let context: AudioContext | null = null;

/** Must be called in a click handler: browsers allow sound only after a click. */
function unlockSound(): void {
  context ??= new AudioContext();
  void context.resume();
}

function playAlarm(isBad: boolean): void {
  unlockSound();
  const times = isBad ? 3 : 1;
  for (let i = 0; i < times; i += 1) {
    tone(isBad ? 660 : 880, i * 0.5);
    tone(isBad ? 495 : 1175, i * 0.5 + 0.18);
  }
}

/** @param delay seconds from now */
function tone(hertz: number, delay: number): void {
  if (context === null) return;
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  const start = context.currentTime + delay;
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.25, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.17);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.18);
}
