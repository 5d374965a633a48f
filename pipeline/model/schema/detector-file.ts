/** The one definition of a detector file: its type and its JSON Schema. Keys that are left out are as in the default. */
import { cellsPerChamber, chamberCount, layersPerChamber } from "../detector.js";
import { maxOrbit, maxWindowSeconds, minWindowSeconds } from "../timing.js";
import { closed, listOf, type JsonSchema } from "./kit.js";
import { Type, type Static } from "./type.js";

const integer = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });
const number = (minimum: number, maximum: number) => Type.Number({ minimum, maximum });

/** Of a layer or cell; no drift takes longer. */
const offsetNs = number(-1000, 1000);
const cells = Array.from({ length: cellsPerChamber }, (_, cell) => String(cell));
/** The read-out words have 3 bits for the FPGA and 9 for the channel. */
const fpga = integer(0, 7);
const maxChannel = 511;

const chamber = Type.Object(
  {
    fpga,
    "first-channel": integer(0, maxChannel + 1 - cellsPerChamber),
    "height-mm": number(-1e6, 1e6),
    rotated: Type.Boolean(),
    "drift-offset-ns": number(-1e6, 1e6),
    "layer-offsets-ns": Type.Optional(listOf(offsetNs, layersPerChamber)),
    "cell-offsets-ns": Type.Optional(
      Type.Unsafe<Record<string, number>>({
        type: "object",
        properties: Object.fromEntries(cells.map((cell) => [cell, offsetNs])),
        ...closed,
      }),
    ),
  },
  closed,
);

const stepAxis = Type.Object(
  {
    lower: number(-1e6, maxOrbit),
    upper: number(-1e6, maxOrbit + 1),
    step: number(1e-3, maxOrbit + 1),
  },
  closed,
);

const detectorFile = Type.Object(
  {
    chambers: Type.Optional(listOf(chamber, chamberCount)),
    scintillator: Type.Optional(Type.Object({ fpga, channel: integer(0, maxChannel) }, closed)),
    "drift-velocity-um-per-ns": Type.Optional(number(1, 1000)),
    "segment-residual-mm": Type.Optional(number(0, 100)),
    "drift-time-axis-ns": Type.Optional(
      Type.Object({ lower: number(-1e6, 1e6), upper: number(-1e6, 1e6), bins: integer(1, 1000) }, closed),
    ),
    "system-c": Type.Optional(
      Type.Object({ channels: stepAxis, orbits: stepAxis, "drift-time-ns": stepAxis }, closed),
    ),
    "window-seconds": Type.Optional(integer(minWindowSeconds, maxWindowSeconds)),
  },
  closed,
);
export interface DetectorFile extends Static<typeof detectorFile> {}

export const detectorSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Detector of Muonitor",
  ...detectorFile,
};
