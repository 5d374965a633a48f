/** Timeout of requests to a server. */

const usualSeconds = 10;
const environmentName = "MUONITOR_ANSWER_SECONDS";

/** Maximum wait for one answer, ms; an environment variable overrides it for slow connections. */
export function answerMs(withoutSetting = usualSeconds): number {
  const seconds = Number(process.env[environmentName] ?? withoutSetting);
  return (seconds > 0 && seconds <= 600 ? seconds : withoutSetting) * 1000;
}
