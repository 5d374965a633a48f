/** JSON Schema of the detector's faults, generated from their table. */
import {
  detectorFaultNames,
  faultKind,
  faultPlaceLimits,
  maxFaultSeconds,
  minFaultPeriodSeconds,
  type DetectorFaultKind,
  type FaultPlace,
} from "../../../pipeline/model/index.js";

type Schema = Record<string, unknown>;

const seconds: Schema = { type: "number", minimum: 0, maximum: maxFaultSeconds };
const timing: Record<string, Schema> = {
  from_s: seconds,
  to_s: seconds,
  ramp_s: seconds,
  period_s: { ...seconds, minimum: minFaultPeriodSeconds },
  duty: { type: "number", minimum: 0, maximum: 1 },
  random: { type: "boolean" },
};

export function detectorFaultSchema(): Schema {
  return { oneOf: detectorFaultNames.map(schemaOfKind) };
}

function schemaOfKind(kind: DetectorFaultKind): Schema {
  const { title, place, optional, strength, shows } = faultKind(kind);
  const places = optional === undefined ? place : [...place, optional];
  return {
    type: "object",
    title,
    description: shows,
    properties: {
      kind: { const: kind },
      ...Object.fromEntries(places.map((name) => [name, placeSchema(name)])),
      ...(strength === null
        ? {}
        : {
            strength: {
              type: strength.integer === true ? "integer" : "number",
              minimum: strength.lower,
              maximum: strength.upper,
              default: strength.usual,
              description: `${strength.meaning}, ${strength.unit}`,
            },
          }),
      ...timing,
    },
    required: ["kind", ...place],
    additionalProperties: false,
  };
}

function placeSchema(place: FaultPlace): Schema {
  if (place === "fpga") return { type: "integer", minimum: 0 };
  const [minimum, maximum] = faultPlaceLimits[place];
  return { type: "integer", minimum, maximum };
}
