/** Faults of the detector as a form: kinds by group, the fields of a kind, and the fault that they make. */
import {
  defaultDetector,
  detectorFaultNames,
  faultKind,
  placesOf,
  type AnyDetectorFault,
  type DetectorConfig,
  type DetectorFault,
  type DetectorFaultKind,
  type DetectorView,
  type FaultGroup,
  type FaultPlace,
} from "../../../pipeline/model/index.js";

/** What the form must know of the set-up: its chambers and how they are read out. */
export function detectorOfView(view: DetectorView | null): DetectorConfig {
  if (view === null) return defaultDetector;
  const chambers = view.chambers.map(({ fpgas, channels, height_mm: heightMm, view: measured }) => ({
    fpga: fpgas[0] ?? 0,
    firstChannel: channels[0] ?? 0,
    channels: channels.map((channel, cell) => ({ fpga: fpgas[cell] ?? 0, channel })),
    heightMm,
    rotated: measured === "theta",
    driftOffsetNs: 0,
  }));
  return { ...defaultDetector, chambers, timing: [] };
}

interface KindGroup {
  group: FaultGroup;
  kinds: readonly { kind: DetectorFaultKind; title: string }[];
}

/** All kinds in the order of the table. */
export function kindGroups(): KindGroup[] {
  const groups = new Map<FaultGroup, { kind: DetectorFaultKind; title: string }[]>();
  for (const kind of detectorFaultNames) {
    const { group, title } = faultKind(kind);
    groups.set(group, [...(groups.get(group) ?? []), { kind, title }]);
  }
  return [...groups].map(([group, kinds]) => ({ group, kinds }));
}

interface PlaceField {
  name: FaultPlace;
  label: string;
  values: readonly number[];
  /** Whether the fault can be everywhere. */
  optional: boolean;
}

/** The places of a kind, given those that are chosen. */
export function placeFields(fault: AnyDetectorFault, detector: DetectorConfig): PlaceField[] {
  const { place, optional } = faultKind(fault.kind);
  const field = (name: FaultPlace, isOptional: boolean): PlaceField => ({
    name,
    label: name === "fpga" ? "FPGA" : name.replaceAll("_", " "),
    values: placesOf(name, detector, fault),
    optional: isOptional,
  });
  return [
    ...place.map((name) => field(name, false)),
    ...(optional === undefined ? [] : [field(optional, true)]),
  ];
}

/** A fault of this kind at its first place with its usual strength. */
export function firstFault(kind: DetectorFaultKind, detector: DetectorConfig): DetectorFault {
  const { strength } = faultKind(kind);
  return fitted({ kind, ...(strength === null ? {} : { strength: strength.usual }) }, detector);
}

/** The fault with every place among those that it may have: a choice of one narrows the others. */
export function fitted(fault: AnyDetectorFault, detector: DetectorConfig): DetectorFault {
  const result: AnyDetectorFault = { ...fault };
  for (const name of faultKind(fault.kind).place) {
    const values = placesOf(name, detector, result);
    const chosen = result[name];
    if (chosen === undefined || !values.includes(chosen)) result[name] = values[0] ?? 0;
  }
  return result as DetectorFault;
}
