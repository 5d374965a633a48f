/**
 * Checks a change of the simulator's faults before it is applied, for both the bridge and the simulator. The change may
 * come from a browser, so every part of it is checked.
 */
import { detectorFaultKinds } from "./detector-fault-kinds.js";
import {
  faultKind,
  faultPlaceLimits,
  detectorFaultNames,
  maxDetectorFaults,
  maxFaultSeconds,
  minFaultPeriodSeconds,
  type DetectorFaultKind,
  type FaultPlace,
} from "./detector-faults.js";
import { cellsPerChamber, fpgasOf, layersPerChamber, type DetectorConfig } from "./detector.js";
import { UsageError } from "./errors.js";
import { noFaults, type Faults } from "./faults.js";

/** Highest rate of a hot wire, in hits/s. */
const maxHotWireRateHz = detectorFaultKinds.hot_cell.strength.upper;
/** Maximum delay of late data: a day, in ms. */
const maxLateDelayMs = 86_400_000;

type Check = (value: unknown, detector: DetectorConfig) => void;

const checks: { [name in keyof Faults]: Check } = {
  dead_fpga: (value, detector) => {
    if (value !== null) fpgaOf("dead_fpga", value, detector, " or null");
  },
  dead_layer: (value, { chambers }) => {
    if (value === null) return;
    const part = objectOf("dead_layer", value, ["chamber", "layer"]);
    integer("dead_layer.chamber", part["chamber"], 0, chambers.length - 1);
    integer("dead_layer.layer", part["layer"], 1, layersPerChamber);
  },
  hot_wire: (value, { chambers }) => {
    if (value === null) return;
    const part = objectOf("hot_wire", value, ["chamber", "cell", "rate_hz"]);
    integer("hot_wire.chamber", part["chamber"], 0, chambers.length - 1);
    integer("hot_wire.cell", part["cell"], 0, cellsPerChamber - 1);
    number("hot_wire.rate_hz", part["rate_hz"], 0, maxHotWireRateHz);
  },
  detector: (value, detector) => {
    if (!Array.isArray(value)) fail("detector", "a list", value);
    if (value.length > maxDetectorFaults)
      fail("detector", `at most ${maxDetectorFaults} faults`, value.length);
    for (const fault of value) checkDetectorFault(fault, detector);
  },
  late_data: (value) => {
    if (value === null) return;
    const part = objectOf("late_data", value, ["fraction", "delay_ms"]);
    number("late_data.fraction", part["fraction"], 0, 1);
    number("late_data.delay_ms", part["delay_ms"], 0, maxLateDelayMs);
  },
  duplicates: (value) => number("duplicates", value, 0, 1),
  garbage: (value) => number("garbage", value, 0, 1),
  silence: (value) => boolean("silence", value),
  stall: (value) => boolean("stall", value),
};

/**
 * Checks a change of faults: only known names, each with a value of the right type and range.
 * @throws UsageError with one line: the fault, its allowed values and the given value
 */
export function checkFaultChange(change: unknown, detector: DetectorConfig): Partial<Faults> {
  for (const [name, value] of Object.entries(objectOf("faults", change))) {
    if (!Object.hasOwn(checks, name)) fail("faults", `among ${Object.keys(noFaults).join(", ")}`, name);
    checks[name as keyof Faults](value, detector);
  }
  return change as Partial<Faults>;
}

/**
 * The faults after a change; keys that are not in the change keep their values.
 * @throws UsageError as {@link checkFaultChange}
 */
export function changeFaults(current: Faults, change: Partial<Faults>, detector: DetectorConfig): Faults {
  const faults = { ...current, ...checkFaultChange(change, detector) };
  // A deep copy, so that the caller cannot alter the faults through its own object.
  return JSON.parse(JSON.stringify(faults)) as Faults;
}

const timingFields = ["from_s", "to_s", "ramp_s", "period_s", "duty", "random"];

/**
 * Checks one fault of the detector: kind, places, strength and timing.
 * @throws UsageError with one line: the field, its allowed values and the given value
 */
export function checkDetectorFault(value: unknown, detector: DetectorConfig): void {
  const kindName = objectOf("detector", value)["kind"];
  if (!detectorFaultNames.includes(kindName as DetectorFaultKind))
    fail("kind", `one of ${detectorFaultNames.join(", ")}`, kindName);
  const { place, optional, strength } = faultKind(kindName as DetectorFaultKind);
  const places = optional === undefined ? place : [...place, optional];
  const known = ["kind", ...places, ...(strength === null ? [] : ["strength"]), ...timingFields];
  const fault = objectOf(kindName as string, value, known);
  for (const name of places)
    if (name !== optional || fault[name] !== undefined)
      checkPlace(`${kindName as string}.${name}`, name, fault[name], detector);
  if (strength !== null && fault["strength"] !== undefined) {
    const check = strength.integer === true ? integer : number;
    check(`${kindName as string}.strength`, fault["strength"], strength.lower, strength.upper);
  }
  checkTiming(kindName as string, fault);
  checkExchange(kindName as DetectorFaultKind, fault);
}

/** Exchanging something with itself changes nothing, so it is an error. */
function checkExchange(kind: DetectorFaultKind, fault: Record<string, unknown>): void {
  const isSame = (name: string): boolean => fault[name] === fault[`other_${name}`];
  const places = {
    layers_exchanged: ["layer"],
    chambers_exchanged: ["chamber"],
    cables_exchanged: ["chamber", "cable"],
  };
  const same = kind in places && places[kind as keyof typeof places].every(isSame);
  if (same) fail(kind, "between two different places", fault);
}

function checkPlace(name: string, place: FaultPlace, value: unknown, detector: DetectorConfig): void {
  if (place === "fpga") return fpgaOf(name, value, detector);
  const [lower, upper] = faultPlaceLimits[place];
  const isChamber = place === "chamber" || place === "other_chamber";
  integer(name, value, lower, isChamber ? detector.chambers.length - 1 : upper);
}

function checkTiming(kind: string, fault: Record<string, unknown>): void {
  const check = (name: string, lower: number, upper: number): void => {
    if (fault[name] !== undefined) number(`${kind}.${name}`, fault[name], lower, upper);
  };
  check("from_s", 0, maxFaultSeconds);
  check("to_s", 0, maxFaultSeconds);
  check("ramp_s", 0, maxFaultSeconds);
  check("period_s", minFaultPeriodSeconds, maxFaultSeconds);
  check("duty", 0, 1);
  const { from_s: from = 0, to_s: to } = fault as { from_s?: number; to_s?: number };
  if (to !== undefined && to <= from) fail(`${kind}.to_s`, `above from_s (${from})`, to);
  if (fault["random"] !== undefined) boolean(`${kind}.random`, fault["random"]);
}

function fpgaOf(name: string, value: unknown, detector: DetectorConfig, more = ""): void {
  const fpgas = fpgasOf(detector);
  if (!fpgas.some((fpga) => fpga === value)) fail(name, `one of ${fpgas.join(", ")}${more}`, value);
}

/** @param fields the allowed fields; all are allowed if omitted */
function objectOf(name: string, value: unknown, fields?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(name, "an object", value);
  const unknownKey = fields && Object.keys(value).find((key) => !fields.includes(key));
  if (unknownKey !== undefined) fail(name, `an object of ${fields?.join(", ")}`, value);
  return value as Record<string, unknown>;
}

function integer(name: string, value: unknown, lower: number, upper: number): void {
  const fits = Number.isInteger(value) && (value as number) >= lower && (value as number) <= upper;
  if (!fits) fail(name, `an integer ${lower}..${upper}`, value);
}

function number(name: string, value: unknown, lower: number, upper: number): void {
  const fits = typeof value === "number" && value >= lower && value <= upper;
  if (!fits) fail(name, `a number ${lower}..${upper}`, value);
}

function boolean(name: string, value: unknown): void {
  if (typeof value !== "boolean") fail(name, "true or false", value);
}

function fail(name: string, expected: string, value: unknown): never {
  throw new UsageError(`${name} must be ${expected}, not ${shown(value)}`);
}

/** A value in a message, kept short. */
function shown(value: unknown): string {
  return value === undefined ? "undefined" : JSON.stringify(value).slice(0, 80);
}
