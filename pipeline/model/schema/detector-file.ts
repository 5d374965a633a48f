/** The only definition of a detector file: its type and its JSON Schema. Omitted keys have the default values. */
import {
  cellsPerChamber,
  cellsPerLayer,
  layersPerChamber,
  maxChambers,
  triggerMeanings,
} from "../detector.js";
import { fpgaCount, headCount, maxSegmentTdc } from "../muons.js";
import { bunchCrossingsPerOrbit, maxOrbit, maxWindowSeconds, minWindowSeconds } from "../timing.js";
import { closed, listOf, oneOf, type JsonSchema } from "./kit.js";
import { Type, type Static } from "./type.js";

const integer = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });
const number = (minimum: number, maximum: number) => Type.Number({ minimum, maximum });
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const optional = Type.Optional;

/** Offset of a layer or cell; the limits exceed the longest drift. */
const offsetNs = number(-1000, 1000);
const cells = Array.from({ length: cellsPerChamber }, (_, cell) => String(cell));
/** Read-out words have 3 bits for the FPGA and 9 for the channel. */
const fpga = integer(0, fpgaCount - 1);
const maxChannel = 511;
const channel = integer(0, maxChannel);
const layer = integer(1, layersPerChamber);
const wire = integer(0, cellsPerLayer - 1);
const lengthMm = number(-1e6, 1e6);
const angleRad = number(-0.5, 0.5);
const place = Type.Object({ fpga, channel }, closed);
const timingNamePattern = "^[A-Za-z][A-Za-z0-9-]{0,39}$";
const timingName = Type.String({ pattern: timingNamePattern });
const run = integer(0, maxOrbit);

const mappedCell = Type.Object({ fpga, channel, layer, wire }, closed);
const cell = Type.Object({ layer, wire }, closed);

/** An object with numbers by cell 0..63. */
function byCell(value: object) {
  return Type.Unsafe<Record<string, number>>({
    type: "object",
    properties: Object.fromEntries(cells.map((name) => [name, value])),
    ...closed,
  });
}

const chamber = Type.Object(
  {
    name: optional(text(20)),
    fpga: optional(fpga),
    "first-channel": optional(integer(0, maxChannel + 1 - cellsPerChamber)),
    map: optional(Type.Array(mappedCell, { minItems: 1, maxItems: cellsPerChamber })),
    "height-mm": lengthMm,
    "shift-mm": optional(Type.Object({ x: optional(lengthMm), y: optional(lengthMm) }, closed)),
    "rotation-rad": optional(
      Type.Object({ x: optional(angleRad), y: optional(angleRad), z: optional(angleRad) }, closed),
    ),
    rotated: optional(Type.Boolean()),
    view: optional(oneOf(["phi", "theta"])),
    "drift-offset-ns": number(-1e6, 1e6),
    "layer-offsets-ns": optional(listOf(offsetNs, layersPerChamber)),
    "cell-offsets-ns": optional(byCell(offsetNs)),
    "drift-velocity-um-per-ns": optional(number(1, 1000)),
    masked: optional(Type.Array(cell, { minItems: 0, maxItems: cellsPerChamber })),
    connectors: optional(
      Type.Array(
        Type.Object(
          { name: text(20), cells: Type.Array(cell, { minItems: 1, maxItems: cellsPerChamber }) },
          closed,
        ),
        { minItems: 0, maxItems: cellsPerChamber },
      ),
    ),
  },
  closed,
);

const headMeanings = [...triggerMeanings, "ignored"] as const;
const readout = Type.Object(
  {
    "hit-head": optional(integer(0, headCount - 1)),
    heads: optional(
      Type.Unsafe<Record<string, (typeof headMeanings)[number]>>({
        type: "object",
        properties: Object.fromEntries(
          Array.from({ length: headCount }, (_, head) => [String(head), oneOf(headMeanings)]),
        ),
        ...closed,
      }),
    ),
    "channel-base": optional(integer(0, maxChannel)),
    "tdc-base": optional(integer(0, 1)),
    "tdc-per-bx": optional(integer(1, maxSegmentTdc)),
    "bx-ns": optional(number(1, 1000)),
    "bx-per-orbit": optional(integer(1, bunchCrossingsPerOrbit)),
    "orbit-bits": optional(integer(8, 32)),
    ignore: optional(Type.Array(place, { minItems: 0, maxItems: 16 })),
    "idle-words": optional(
      Type.Array(Type.Object({ channel, bx: integer(0, 4095), tdc: integer(0, 31) }, closed), {
        minItems: 0,
        maxItems: 16,
      }),
    ),
  },
  closed,
);

const timing = Type.Object(
  {
    sources: Type.Array(
      Type.Object(
        {
          name: timingName,
          fpga,
          channel,
          "gives-t0": optional(Type.Boolean()),
          "offset-ns": optional(number(-1e6, 1e6)),
          plate: optional(Type.Object({ "height-mm": lengthMm, "side-mm": number(1, 1e5) }, closed)),
        },
        closed,
      ),
      { minItems: 0, maxItems: 8 },
    ),
    coincidences: optional(
      Type.Array(
        Type.Object(
          {
            name: timingName,
            sources: Type.Array(timingName, { minItems: 2, maxItems: 8 }),
            "within-ns": number(0, 100_000),
          },
          closed,
        ),
        { minItems: 0, maxItems: 8 },
      ),
    ),
  },
  closed,
);

const macrocell = Type.Object(
  { fpga, chamber: integer(0, maxChambers - 1), "shift-mm": number(-1000, 1000) },
  closed,
);

const valid = Type.Object(
  {
    "from-run": optional(run),
    "to-run": optional(run),
    runs: optional(Type.Array(run, { minItems: 1, maxItems: 1000 })),
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
    name: optional(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$" })),
    valid: optional(valid),
    chambers: optional(Type.Array(chamber, { minItems: 1, maxItems: maxChambers })),
    readout: optional(readout),
    scintillator: optional(place),
    timing: optional(timing),
    macrocells: optional(Type.Array(macrocell, { minItems: 0, maxItems: fpgaCount })),
    "drift-velocity-um-per-ns": optional(number(1, 1000)),
    "segment-residual-mm": optional(number(0, 100)),
    "drift-time-axis-ns": optional(
      Type.Object({ lower: number(-1e6, 1e6), upper: number(-1e6, 1e6), bins: integer(1, 1000) }, closed),
    ),
    "system-c": optional(
      Type.Object({ channels: stepAxis, orbits: stepAxis, "drift-time-ns": stepAxis }, closed),
    ),
    "window-seconds": optional(integer(minWindowSeconds, maxWindowSeconds)),
  },
  closed,
);
export interface DetectorFile extends Static<typeof detectorFile> {}
export type ChamberInFile = NonNullable<DetectorFile["chambers"]>[number];

export const detectorSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Detector of Muonitor",
  ...detectorFile,
};
