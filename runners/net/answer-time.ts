/** How long a server may take to answer. */

const usualSeconds = 10;
const environmentName = "MUONITOR_ANSWER_SECONDS";

/** Longest wait for one answer, ms; the environment may set another for a slow line. */
export function answerMs(withoutSetting = usualSeconds): number {
  const seconds = Number(process.env[environmentName] ?? withoutSetting);
  return (seconds > 0 && seconds <= 600 ? seconds : withoutSetting) * 1000;
}
