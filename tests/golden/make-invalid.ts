/** Messages with one error each, and a part of the complaint that they must give. */
import type { WindowMessage } from "../../pipeline/model/message.js";

type Wrong = [complaint: string, corrupt: (message: WindowMessage) => unknown];

/** The message with some keys replaced by values of any type. */
function replace(values: Record<string, unknown>): (message: WindowMessage) => unknown {
  return (message) => ({ ...message, ...values });
}

function omit(key: keyof WindowMessage): (message: WindowMessage) => unknown {
  return (message) => Object.fromEntries(Object.entries(message).filter(([name]) => name !== key));
}

function change(edit: (message: WindowMessage) => void): (message: WindowMessage) => unknown {
  return (message) => {
    edit(message);
    return message;
  };
}

const source = { id: "sim", epoch: 1, partition: 0, ranges: [[0, 3]], duplicates: 0 };
const arrival = { start_ms: 0, end_ms: 5000, time: "arrival" };

const wrongBySchema: Record<string, Wrong> = {
  "not-an-object": [" must be object", () => [1]],
  "no-ledger": ["must have required property 'ledger'", omit("ledger")],
  "no-emitted-ms": ["must have required property 'emitted_ms'", omit("emitted_ms")],
  "count-as-text": ["/hit_count must be integer", replace({ hit_count: "6" })],
  "count-negative": ["/orbit_count must be >= 0", replace({ orbit_count: -1 })],
  "count-fraction": ["/msg_ID must be integer", replace({ msg_ID: 0.5 })],
  "three-chambers": [
    "/hit_count_chamber must NOT have fewer than 4 items",
    replace({ hit_count_chamber: [6, 0, 0] }),
  ],
  "chamber-missing": [
    "/tdc_counts_chamber must have required property '3'",
    change(
      (message) => delete (message.tdc_counts_chamber as Partial<WindowMessage["tdc_counts_chamber"]>)["3"],
    ),
  ],
  "chamber-unknown": [
    "/drift_time_chamber must NOT have additional properties",
    change((message) =>
      Object.assign(message.drift_time_chamber, { "4": structuredClone(message.drift_time_chamber[0]) }),
    ),
  ],
  "channels-63": [
    "/tdc_counts_chamber/1/hist_counts must NOT have fewer than 64 items",
    change((message) => message.tdc_counts_chamber["1"].hist_counts.pop()),
  ],
  "multiplicity-64": [
    "/active_tdc_multiplicity_chamber/0 must NOT have fewer than 65 items",
    change((message) => message.active_tdc_multiplicity_chamber["0"].pop()),
  ],
  "orbit-33-bits": ["/orbit_last must be <= 4294967295", replace({ orbit_last: 4294967296 })],
  "orbit-null-with-hits": ["/orbit_first must be integer", replace({ orbit_first: null })],
  "grouped-by-three": [
    "/active_tdc_chamber/0/orbits_per_bin must be equal to one of the allowed values",
    change((message) => (message.active_tdc_chamber["0"].orbits_per_bin = 3)),
  ],
  "orbit-without-channels": [
    "/active_tdc_chamber/0/hist_counts/0 must be >= 1",
    change((message) => (message.active_tdc_chamber["0"].hist_counts[0] = 0)),
  ],
  "time-unknown": [
    "/window/time must be equal to one of the allowed values",
    change((message) => Object.assign(message.window, { time: "wall" })),
  ],
  "schema-2": ["/schema must be equal to constant", replace({ schema: 2 })],
  "partial-number": ["/partial must be boolean", replace({ partial: 0 })],
  "malformed-in-detector-time": [
    "/ledger/malformed must be equal to constant",
    change((message) => Object.assign(message.ledger, { malformed: 1, rows: message.ledger.rows + 1 })),
  ],
  "sources-in-detector-time": ["/sources must NOT have more than 0 items", replace({ sources: [source] })],
  "range-of-one": [
    "/sources/0/ranges/0 must NOT have fewer than 2 items",
    replace({ window: arrival, sources: [{ ...source, ranges: [[1]] }] }),
  ],
  "ranges-65": [
    "/sources/0/ranges must NOT have more than 64 items",
    replace({
      window: arrival,
      sources: [{ ...source, ranges: Array.from({ length: 65 }, (_, i) => [2 * i, 2 * i]) }],
    }),
  ],
  "truncated-too-early": [
    "/sources/0/ranges must NOT have fewer than 64 items",
    replace({ window: arrival, sources: [{ ...source, truncated: true }] }),
  ],
};

const wrongBySums: Record<string, Wrong> = {
  "ledger-gap": ["the ledger leaves 1 rows unexplained", change((message) => (message.ledger.rows += 1))],
  "hits-not-in-chambers": ["does not add up to hit_count", replace({ hit_count_chamber: [5, 0, 0, 0] })],
  "hits-not-in-ledger": ["is not hit_count", change((message) => (message.ledger.hits -= 1))],
  "reasons-do-not-add-up": [
    "malformed_reasons do not add up",
    change((message) => (message.ledger.malformed_reasons = { fields: 1 })),
  ],
  "channel-lost": [
    "chamber 0: tdc_counts do not add up",
    change((message) => (message.tdc_counts_chamber["0"].hist_counts[1] = 0)),
  ],
  "channels-with-a-gap": [
    "channels do not follow each other",
    change((message) => (message.tdc_counts_chamber["2"].bin_edges[63] = 64)),
  ],
  "scintillator-above-all": [
    "scint_tdc_counts above tdc_counts",
    change((message) => (message.scint_tdc_counts_chamber["0"].hist_counts[5] = 2)),
  ],
  "drift-time-lost": [
    "drift times for",
    change((message) => (message.drift_time_chamber["0"].underflow += 1)),
  ],
  "drift-edges-descend": [
    "drift-time edges are not ascending",
    change((message) => message.drift_time_chamber["3"].bin_edges.reverse()),
  ],
  "drift-edge-missing": [
    "drift-time edges are not one more than the bins",
    change((message) => message.drift_time_chamber["1"].bin_edges.pop()),
  ],
  "orbits-descend": [
    "active orbits are not ascending",
    change((message) => message.active_tdc_chamber["0"].bin_edges.reverse()),
  ],
  "orbit-outside": [
    "active orbits are not between orbit_first and orbit_last",
    change((message) => (message.active_tdc_chamber["0"].bin_edges[0] = 9)),
  ],
  "active-count-off": [
    "active channels, ",
    change((message) => (message.active_tdc_chamber["0"].hist_counts[0] = 3)),
  ],
  "multiplicity-moved": [
    "active counts per orbit and multiplicity disagree",
    change((message) => (message.active_tdc_multiplicity_chamber["0"][1] = 3)),
  ],
  "multiplicity-of-none": [
    "an orbit without active channels is counted",
    change((message) => (message.active_tdc_multiplicity_chamber["1"][0] = 1)),
  ],
  "grouped-needlessly": [
    "orbits need no grouping",
    change((message) => {
      const active = message.active_tdc_chamber["0"];
      Object.assign(active, { bin_edges: [10, 12, 14], hist_counts: [3, 2, 1], orbits_per_bin: 2 });
    }),
  ],
  "edges-not-multiples": [
    "edges are not multiples of 4",
    change((message) => (message.active_tdc_chamber["0"].orbits_per_bin = 4)),
  ],
  "orbit-count-above-chambers": [
    "orbit_count is above the orbits of all chambers",
    replace({ orbit_count: 6 }),
  ],
  "scint-orbits-above-orbits": ["scint_orbit_count is above orbit_count", replace({ scint_orbit_count: 6 })],
  "orbits-outside-span": ["does not fit between", replace({ orbit_first: 12 })],
  "window-not-at-id": ["window starts at 0, not at msg_ID x 5000", replace({ msg_ID: 1 })],
  "window-too-long": ["is not within 1..60 s", change((message) => (message.window.end_ms = 61_000))],
  "ranges-touch": [
    "ranges are not ascending with gaps",
    replace({
      window: arrival,
      sources: [
        {
          ...source,
          ranges: [
            [0, 3],
            [4, 5],
          ],
        },
      ],
    }),
  ],
  "sources-unsorted": [
    "sources are not sorted",
    replace({
      window: arrival,
      sources: [
        { ...source, epoch: 10 },
        { ...source, epoch: 9 },
      ],
    }),
  ],
};

export const wrongMessages: Record<string, Wrong> = { ...wrongBySchema, ...wrongBySums };
