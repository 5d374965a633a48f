/** The faults of the practice mode: their settings, and their effect on the page. */
import type { ChamberView, Faults } from "../../../pipeline/model/index.js";

interface FaultOf<Name extends keyof Faults> {
  name: Name;
  title: string;
  shows: string;
  on: Faults[Name];
  off: Faults[Name];
}

/** The detector's faults have their own form. */
type Switched = Exclude<keyof Faults, "detector">;

export type PracticeFault = { [Name in Switched]: FaultOf<Name> }[Switched];

/** The faults, in places that exist in the set-up. @param chambers at least one */
export function practiceFaultsOf(chambers: readonly ChamberView[]): readonly PracticeFault[] {
  return [...placedFaults(chambers), ...dataFaults];
}

/** Faults of the last FPGA, of a layer in the second (or only) chamber, and of a cell in the first. */
function placedFaults(chambers: readonly ChamberView[]): readonly PracticeFault[] {
  const name = (chamber: number): string => chambers[chamber]?.name ?? String(chamber);
  const fpgas = chambers.map((chamber) => chamber.fpgas[0] ?? 0);
  const fpga = Math.max(...fpgas);
  const silent = fpgas.flatMap((own, chamber) => (own === fpga ? [name(chamber)] : []));
  const inner = Math.min(1, chambers.length - 1);
  return [
    {
      name: "dead_fpga",
      title: `FPGA ${fpga} dead`,
      shows: `No hits in chamber${silent.length > 1 ? "s" : ""} ${silent.join(", ")}. If this FPGA also reads the scintillator, drift times stay empty.`,
      on: fpga,
      off: null,
    },
    {
      name: "dead_layer",
      title: `Layer 3 of chamber ${name(inner)} dead`,
      shows: `Every fourth channel of chamber ${name(inner)} is empty; its light names the layer.`,
      on: { chamber: inner, layer: 3 },
      off: null,
    },
    {
      name: "hot_wire",
      title: `Hot cell 17 in chamber ${name(0)}`,
      shows: `One bar of chamber ${name(0)} is far above the rest; its rate rises.`,
      on: { chamber: 0, cell: 17, rate_hz: 500 },
      off: null,
    },
  ];
}

const dataFaults: readonly PracticeFault[] = [
  {
    name: "late_data",
    title: "Late data",
    shows: "A fifth of the messages arrive 20 s late: windows are corrected (◆).",
    on: { fraction: 0.2, delay_ms: 20_000 },
    off: null,
  },
  {
    name: "duplicates",
    title: "Messages sent twice",
    shows: "Duplicates are counted in the ledger line; rates rise slightly.",
    on: 0.1,
    off: 0,
  },
  {
    name: "garbage",
    title: "Garbage rows",
    shows: "Malformed rows grow in the ledger; all rows are still accounted for.",
    on: 0.05,
    off: 0,
  },
  {
    name: "silence",
    title: "Detector silent",
    shows: "No rows, but heartbeats: windows continue with zero hits, read-out is silent.",
    on: true,
    off: false,
  },
  {
    name: "stall",
    title: "Data stalls",
    shows: "No data is sent: the data age grows and no window arrives.",
    on: true,
    off: false,
  },
];
