/** Texts of other programs, made fit to be shown: one line, without secrets. */

const longest = 500;
/** Settings whose values are no secret, although they go the same way. */
const harmless =
  /^(bootstrap\.servers|security\.protocol|sasl\.mechanism|.*\.(type|algorithm|ms|class|protocol|location))$/;

/**
 * The first line of a text without the values of Kafka's settings. Expansion errors show the whole payload, so what
 * comes after its name is left out.
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

/** What stands between quotes: the password in a login. */
function quotedIn(value: string): string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)+)"/g)]
    .map((match) => match[1] as string)
    .flatMap((text) => [text, text.replaceAll(/\\(.)/g, "$1")])
    .filter((text) => text.length > 3);
}
