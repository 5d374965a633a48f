/** The page of the faults is generated from their table; `vitest -u` updates it. */
import { expect, test } from "vitest";
import {
  detectorFaultNames,
  faultKind,
  faultPlaceLimits,
  type FaultPlace,
  type FaultStrength,
} from "../../pipeline/model/index.js";

const intro = `# Faults of the simulated detector

This file is written by \`tests/producer/faults-doc.test.ts\` from \`pipeline/model/detector-fault-kinds.ts\`.

\`up\`, \`beat\` and \`produce\` take faults with \`--fault KIND,name=value,...\`; practice mode takes them as \`detector\` of
\`PATCH /api/v1/practice/faults\`, a list of objects with \`kind\`, the places and \`strength\`. At most 16 at a time.

Every fault accepts these times, in seconds of the simulator since it was switched on: \`from_s\`, \`to_s\`, \`ramp_s\` (time to full
strength), \`period_s\` and \`duty\` (it is on in the first \`duty\` of every period, default half), \`random=true\` (the on
and off times are random, with the same mean values).
`;

function placeText(name: FaultPlace, isOptional: boolean): string {
  const range = name === "fpga" ? "" : ` ${faultPlaceLimits[name].join("-")}`;
  return `\`${name}\`${range}${isOptional ? " (default: all)" : ""}`;
}

function strengthText(strength: FaultStrength | null): string {
  if (strength === null) return "-";
  const { meaning, unit, lower, upper, usual, integer } = strength;
  const range = unit === "0 or 1" ? "" : `, ${lower} to ${upper}${integer === true ? ", whole" : ""}`;
  return `${meaning}, ${unit}${range}; default ${usual}`;
}

test("producer/faults.md equals the table", async () => {
  const rows = detectorFaultNames.map((name) => {
    const { group, place, optional, strength, shows } = faultKind(name);
    const places = [
      ...place.map((one) => placeText(one, false)),
      ...(optional === undefined ? [] : [placeText(optional, true)]),
    ];
    const where = places.length === 0 ? "-" : places.join(", ");
    return `| \`${name}\` | ${group} | ${where} | ${strengthText(strength)} | ${shows} |`;
  });
  const head = ["| kind | group | place | strength | effect |", "| --- | --- | --- | --- | --- |"];
  const text = `${intro}\n${[...head, ...rows].join("\n")}\n`;
  await expect(text).toMatchFileSnapshot("../../producer/faults.md");
});
