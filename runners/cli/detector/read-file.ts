/** Reads and checks a detector file; every error names file, line and key. */
import {
  binsOf,
  cellsPerChamber,
  channelOfCell,
  maxChambers,
  UsageError,
  type ChannelConfig,
} from "../../../pipeline/model/index.js";
import {
  detectorSchema,
  type ChamberInFile,
  type DetectorFile,
} from "../../../pipeline/model/schema/detector-file.js";
import { readYamlFile } from "../yaml-file.js";
import { detectorOf } from "./to-config.js";

/** Throws an error for a place in the file; the error names the last key of the place. */
type Refuse = (place: readonly (string | number)[], text: string) => never;

/** @throws UsageError that names file, line and key */
export function readDetectorFile(path: string): DetectorFile {
  const { value, lineOf } = readYamlFile(path, "detector file", detectorSchema);
  const file = (value ?? {}) as DetectorFile;
  const refuse: Refuse = (place, text) => {
    const keys = place.map(String);
    throw new UsageError(`${path}:${lineOf(keys)}: ${keys.at(-1) ?? ""}: ${text}`);
  };
  file.chambers?.forEach((chamber, i) => checkChamber(chamber, i, refuse));
  checkAxes(file, refuse);
  checkRuns(file, refuse);
  checkReadout(file, refuse);
  checkTiming(file, refuse);
  checkMacrocells(file, refuse);
  checkChannels(file, refuse);
  return file;
}

function checkChamber(chamber: ChamberInFile, number: number, refuse: Refuse): void {
  const here = ["chambers", number];
  const { map, fpga, rotated, view } = chamber;
  const isRange = fpga !== undefined || chamber["first-channel"] !== undefined;
  if (map !== undefined && isRange)
    refuse([...here, "map"], "give either fpga and first-channel, or map, not both");
  if (map === undefined && fpga === undefined) refuse(here, "must have fpga or map");
  if (map === undefined && chamber["first-channel"] === undefined) refuse(here, "must have first-channel");
  if (rotated === undefined && view === undefined) refuse(here, "must have rotated or view");
  if (rotated !== undefined && view !== undefined)
    refuse([...here, "view"], "give either rotated or view, not both");
  checkCells(map ?? [], [...here, "map"], refuse);
  checkCells(chamber.masked ?? [], [...here, "masked"], refuse);
  const cells = chamber.connectors?.flatMap((one, i) => one.cells.map((cell) => ({ ...cell, i }))) ?? [];
  const seen = new Set<string>();
  for (const { layer, wire, i } of cells) {
    const name = `layer ${layer}, wire ${wire}`;
    if (seen.has(name)) refuse([...here, "connectors", i, "cells"], `${name} is listed twice`);
    seen.add(name);
  }
}

function checkCells(
  cells: readonly { layer: number; wire: number }[],
  place: readonly (string | number)[],
  refuse: Refuse,
): void {
  const seen = new Set<string>();
  cells.forEach(({ layer, wire }, i) => {
    const name = `layer ${layer}, wire ${wire}`;
    if (seen.has(name)) refuse([...place, i, "wire"], `${name} is listed twice`);
    seen.add(name);
  });
}

/** Maximum number of bins per chamber in a message. */
const maxSystemCBins = 1000;

function checkAxes({ "drift-time-axis-ns": axis, "system-c": bins }: DetectorFile, refuse: Refuse): void {
  if (axis !== undefined && !(axis.lower < axis.upper))
    refuse(["drift-time-axis-ns", "upper"], `must be above lower ${axis.lower}, not ${axis.upper}`);
  for (const [name, one] of Object.entries(bins ?? {})) {
    if (!(one.lower < one.upper)) refuse(["system-c", name], "upper must be above lower");
    if (binsOf(one) > maxSystemCBins)
      refuse(["system-c", name], `must not have more than ${maxSystemCBins} bins`);
  }
}

function checkRuns({ valid }: DetectorFile, refuse: Refuse): void {
  const { "from-run": from, "to-run": to } = valid ?? {};
  if (from !== undefined && to !== undefined && to < from)
    refuse(["valid", "to-run"], `must be at least from-run ${from}, not ${to}`);
}

function checkReadout({ readout }: DetectorFile, refuse: Refuse): void {
  const heads = Object.entries(readout?.heads ?? {});
  const hitHead = readout?.["hit-head"] ?? 2;
  heads.forEach(([head, meaning], i) => {
    const place = ["readout", "heads", head];
    if (Number(head) === hitHead) refuse(place, "is already the HEAD of hits");
    const isTaken = heads.slice(0, i).some(([, other]) => other === meaning && meaning !== "ignored");
    if (isTaken) refuse(place, `another HEAD already means ${meaning}`);
  });
}

function checkTiming({ timing, scintillator }: DetectorFile, refuse: Refuse): void {
  if (timing === undefined) return;
  if (scintillator !== undefined)
    refuse(["scintillator"], "give either scintillator or timing, not both: list it under timing: sources");
  const names = timing.sources.map(({ name }) => name);
  const all = [...names, ...(timing.coincidences ?? []).map(({ name }) => name)];
  all.forEach((name, i) => {
    const isSource = i < names.length;
    const place = isSource ? ["sources", i, "name"] : ["coincidences", i - names.length, "name"];
    if (all.indexOf(name) !== i) refuse(["timing", ...place], `${name} is listed twice`);
  });
  timing.coincidences?.forEach(({ sources }, i) => {
    for (const name of sources)
      if (!names.includes(name))
        refuse(
          ["timing", "coincidences", i, "sources"],
          `no source is called ${name}; timing sources: ${names.join(", ") || "none"}`,
        );
  });
}

function checkMacrocells({ macrocells, chambers }: DetectorFile, refuse: Refuse): void {
  const count = chambers?.length ?? maxChambers;
  macrocells?.forEach(({ chamber, fpga }, i) => {
    if (chamber >= count)
      refuse(["macrocells", i, "chamber"], `must be from 0 to ${count - 1}, not ${chamber}`);
    if (macrocells.findIndex((other) => other.fpga === fpga) !== i)
      refuse(["macrocells", i, "fpga"], `FPGA ${fpga} is listed twice`);
  });
}

/** Checks that no channel is used twice. */
function checkChannels(file: DetectorFile, refuse: Refuse): void {
  const { chambers, timing, internalChannels, readout } = detectorOf(file);
  const users = new Map<string, string>();
  const take = ({ fpga, channel }: ChannelConfig, user: string, place: (string | number)[]): void => {
    const name = `FPGA ${fpga}, channel ${channel}`;
    if (channel + readout.channelBase > 511)
      refuse(place, `${name}, with channel-base ${readout.channelBase}, is above 511`);
    const before = users.get(name);
    if (before !== undefined) refuse(place, `${name} is used twice, by ${before} and ${user}`);
    users.set(name, user);
  };
  chambers.forEach((chamber, i) => {
    const map = file.chambers?.[i]?.map;
    const user = `chamber ${chamber.name ?? i}`;
    if (map !== undefined)
      return map.forEach((place, j) => take(place, user, ["chambers", i, "map", j, "channel"]));
    const key = file.chambers === undefined ? ["chambers"] : ["chambers", i, "first-channel"];
    for (let cell = 0; cell < cellsPerChamber; cell += 1)
      take(channelOfCell(chamber, cell) as ChannelConfig, user, key);
  });
  const sources = file.timing?.sources ?? [];
  timing.forEach((source) => {
    const i = sources.findIndex(({ name }) => name === source.name);
    take(source, source.name, i < 0 ? ["scintillator"] : ["timing", "sources", i, "channel"]);
  });
  if (file.readout?.ignore !== undefined)
    internalChannels.forEach((place, i) => take(place, "ignore", ["readout", "ignore", i, "channel"]));
}
