/** Detector faults as text, for the command line. */
import type { DetectorConfig } from "./detector.js";
import {
  faultKind,
  type AnyDetectorFault,
  type DetectorFault,
  type FaultStrength,
} from "./detector-faults.js";
import { checkDetectorFault } from "./fault-checks.js";

/**
 * Reads `KIND,name=value,...`, such as `layer_loss,chamber=2,layer=3,strength=0.3,from_s=60`.
 * @throws UsageError with one line: the field, its allowed values and the given value
 */
export function parseFault(text: string, detector: DetectorConfig): DetectorFault {
  const [kind, ...fields] = text.split(",").map((part) => part.trim());
  const entries = fields.map((field) => {
    const [name = "", value = ""] = field.split("=", 2).map((part) => part.trim());
    return [name, valueOf(value)] as const;
  });
  const fault = { kind, ...Object.fromEntries(entries) };
  checkDetectorFault(fault, detector);
  return fault as DetectorFault;
}

/** A number, true or false; any other text is returned unchanged, so that the check can show it. */
function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A fault in words: title, place and strength, such as "Layer loses hits: chamber 2, layer 3, remaining hits 30 %". */
export function faultWords(fault: DetectorFault): string {
  const { title, place, optional, strength } = faultKind(fault.kind);
  const any: AnyDetectorFault = fault;
  const places = (optional === undefined ? place : [...place, optional]).flatMap((name) => {
    const value = any[name];
    return value === undefined ? [] : [`${placeName(name)} ${value}`];
  });
  const size = strength === null ? [] : [sizeOf(any.strength ?? strength.usual, strength)];
  const words = [...places, ...size];
  return words.length === 0 ? title : `${title}: ${words.join(", ")}`;
}

/** other_fpga → other FPGA, bx_bit → BX bit */
const placeName = (name: string): string =>
  name.replaceAll("_", " ").replace(/\b(fpga|bx|tdc)\b/g, (short) => short.toUpperCase());

function sizeOf(value: number, { meaning, unit }: FaultStrength): string {
  // Some units list the possible values ("0 or 1") and cannot follow a single value.
  if (unit.includes(" or ")) return `stuck at ${value}`;
  if (unit === "fraction") return `${meaning} ${Number((100 * value).toPrecision(3))} %`;
  return `${value} ${Math.abs(value) === 1 ? unit.replace(/s$/, "") : unit}`;
}
