/** The sound of an alarm: two tones, lower and thrice when it is grave. Made here, so that nothing is fetched. */

let context: AudioContext | null = null;

/** Browsers give sound only after a click: this is called in one. */
export function unlockSound(): void {
  context ??= new AudioContext();
  void context.resume();
}

export function playAlarm(grave: boolean): void {
  unlockSound();
  const times = grave ? 3 : 1;
  for (let i = 0; i < times; i += 1) {
    tone(grave ? 660 : 880, i * 0.5);
    tone(grave ? 495 : 1175, i * 0.5 + 0.18);
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
