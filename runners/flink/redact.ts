/** Prepares texts of other programs for display: one line, without secrets. */

const longest = 500;
/** Settings passed the same way whose values are not secret. */
const harmless =
  /^(bootstrap\.servers|security\.protocol|sasl\.mechanism|.*\.(type|algorithm|ms|class|protocol|location))$/;

/**
 * The first line of a text without the values of Kafka's settings. Expansion errors contain the whole payload, so
 * everything after its name is removed.
 */
export function redact(text: string, settings: ReadonlyMap<string, string>): string {
  const [line = ""] = text.trim().split("\n");
  let shown = line.replace(/(consumer_config|producer_config|payload).*$/is, "$1 …");
  for (const [key, value] of settings) {
    if (value === "" || harmless.test(key)) continue;
    for (const secret of [value, ...quotedIn(value)]) shown = shown.replaceAll(secret, "***");
  }
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

/** Quoted parts of a value, such as the password in a login. */
function quotedIn(value: string): string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)+)"/g)]
    .map((match) => match[1] as string)
    .flatMap((text) => [text, text.replaceAll(/\\(.)/g, "$1")])
    .filter((text) => text.length > 3);
}
