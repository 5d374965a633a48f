/** The JSON Schema of a detector file. */
import {
  cellsPerChamber,
  chamberCount,
  layersPerChamber,
  maxWindowSeconds,
  minWindowSeconds,
} from "../../pipeline/model/index.js";
import type { JsonSchema } from "./config-schema.js";

const integer = (minimum: number, maximum: number): JsonSchema => ({ type: "integer", minimum, maximum });
const number = (minimum: number, maximum: number): JsonSchema => ({ type: "number", minimum, maximum });

/** An object with exactly these keys, and with those of `optional` or without them. */
function keysOf(
  properties: Record<string, JsonSchema>,
  optional: Record<string, JsonSchema> = {},
): JsonSchema {
  return {
    type: "object",
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** Of a layer or cell; no drift takes longer. */
const offsetNs = number(-1000, 1000);
const cells = Array.from({ length: cellsPerChamber }, (_, cell) => String(cell));

const stepAxis = keysOf({
  lower: number(-1e6, 4294967295),
  upper: number(-1e6, 4294967296),
  step: number(1e-3, 4294967296),
});

/** The read-out words have 3 bits for the FPGA and 9 for the channel. */
const fpga = integer(0, 7);

export const detectorSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Detector of Muonitor",
  type: "object",
  properties: {
    chambers: {
      type: "array",
      minItems: chamberCount,
      maxItems: chamberCount,
      items: keysOf(
        {
          fpga,
          "first-channel": integer(0, 448),
          "height-mm": number(-1e6, 1e6),
          rotated: { type: "boolean" },
          "drift-offset-ns": number(-1e6, 1e6),
        },
        {
          "layer-offsets-ns": {
            type: "array",
            minItems: layersPerChamber,
            maxItems: layersPerChamber,
            items: offsetNs,
          },
          "cell-offsets-ns": {
            type: "object",
            properties: Object.fromEntries(cells.map((cell) => [cell, offsetNs])),
            additionalProperties: false,
          },
        },
      ),
    },
    scintillator: keysOf({ fpga, channel: integer(0, 511) }),
    "drift-velocity-um-per-ns": number(1, 1000),
    "segment-residual-mm": number(0, 100),
    "drift-time-axis-ns": keysOf({
      lower: number(-1e6, 1e6),
      upper: number(-1e6, 1e6),
      bins: integer(1, 1000),
    }),
    "system-c": keysOf({ channels: stepAxis, orbits: stepAxis, "drift-time-ns": stepAxis }),
    "window-seconds": integer(minWindowSeconds, maxWindowSeconds),
  },
  additionalProperties: false,
};
