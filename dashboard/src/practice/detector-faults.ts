/** The form for detector faults: kinds by group, the fields of a kind, and the resulting fault. */
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

/** The parts of the set-up that the form needs: chambers and their read-out. */
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

/** All kinds of faults, in the order of the table. */
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
  /** Whether the field may be empty, for a fault everywhere. */
  optional: boolean;
}

/** The place fields of a fault, with the values allowed by the other fields. */
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

/** A fault of this kind in its first place with its default strength. */
export function firstFault(kind: DetectorFaultKind, detector: DetectorConfig): DetectorFault {
  const { strength } = faultKind(kind);
  return fitted({ kind, ...(strength === null ? {} : { strength: strength.usual }) }, detector);
}

/** The fault with valid places: the choice of one place restricts the others. */
export function fitted(fault: AnyDetectorFault, detector: DetectorConfig): DetectorFault {
  const result: AnyDetectorFault = { ...fault };
  for (const name of faultKind(fault.kind).place) {
    const values = placesOf(name, detector, result);
    const chosen = result[name];
    if (chosen === undefined || !values.includes(chosen)) result[name] = values[0] ?? 0;
  }
  return result as DetectorFault;
}
