/** The faults of the practice mode: their settings, and their effect on the page. */
import type { Faults } from "../../../pipeline/model/index.js";

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

export const practiceFaults: readonly PracticeFault[] = [
  {
    name: "dead_fpga",
    title: "FPGA 1 dead",
    shows: "Chambers 2 and 3 fall silent; without the scintillator the drift times stay empty.",
    on: 1,
    off: null,
  },
  {
    name: "dead_layer",
    title: "Layer 3 of chamber 1 dead",
    shows: "Every fourth channel of chamber 1 is empty; its light names the layer.",
    on: { chamber: 1, layer: 3 },
    off: null,
  },
  {
    name: "hot_wire",
    title: "Hot cell 17 in chamber 0",
    shows: "One bar of chamber 0 stands far above the rest; its rate rises.",
    on: { chamber: 0, cell: 17, rate_hz: 500 },
    off: null,
  },
  {
    name: "late_data",
    title: "Late data",
    shows: "A fifth of the messages comes 20 s late: windows are corrected (◆).",
    on: { fraction: 0.2, delay_ms: 20_000 },
    off: null,
  },
  {
    name: "duplicates",
    title: "Messages sent twice",
    shows: "Duplicates are counted in the ledger line; rates rise a little.",
    on: 0.1,
    off: 0,
  },
  {
    name: "garbage",
    title: "Garbage rows",
    shows: "Malformed rows grow in the ledger, which still adds up.",
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
    shows: "Nothing is sent: the data age grows and no window comes.",
    on: true,
    off: false,
  },
];
