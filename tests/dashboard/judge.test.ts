import { describe, expect, it } from "vitest";
import { dataLight, hopLight } from "../../dashboard/src/live/freshness.js";
import { judgeChambers, type Judgement } from "../../dashboard/src/live/judge.js";
import type { Picture } from "../../dashboard/src/live/picture.js";
import { verdictOf, type VerdictInput } from "../../dashboard/src/live/verdict.js";
import { layerOfCell } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { makeStatus } from "./support.js";

/** A picture of even cells but for what `hitsOf` changes. */
function picture(hitsOf: (chamber: number, cell: number) => number): Picture {
  const chambers = [0, 1, 2, 3].map((chamber) => {
    const channels = Array.from({ length: 64 }, (_, cell) => hitsOf(chamber, cell));
    const hits = channels.reduce((sum, one) => sum + one, 0);
    const empty = { scintChannels: [], driftEdges: [], drift: [], driftUnderflow: 0, driftOverflow: 0 };
    return { firstChannel: 0, hits, channels, multiplicity: [], ...empty };
  });
  return {
    windows: 2,
    durationMs: 10_000,
    startMs: 0,
    endMs: 10_000,
    hits: 0,
    orbits: 0,
    scintOrbits: 0,
    chambers,
  };
}

function judge(hitsOf: (chamber: number, cell: number) => number): Judgement | undefined {
  return judgeChambers(picture(hitsOf), picture(hitsOf))[1];
}

describe("a chamber", () => {
  it.each([
    ["good", "all cells alive", () => 30],
    ["none", "no hits in any chamber", () => 0],
    ["bad", "silent while others give hits", (chamber: number) => (chamber === 1 ? 0 : 30)],
    [
      "few",
      "too few hits to judge",
      (chamber: number, cell: number) => (chamber === 0 && cell === 0 ? 3 : 0),
    ],
    ["bad", "layer 3 dead", (_: number, cell: number) => (layerOfCell(cell) === 3 ? 0 : 30)],
    ["warning", "dead cell 9", (_: number, cell: number) => (cell === 9 ? 0 : 30)],
    ["bad", "dead cells 0, 1, 2 and 5 more", (_: number, cell: number) => (cell < 8 ? 0 : 30)],
    ["warning", "hot cell 17", (_: number, cell: number) => (cell === 17 ? 3000 : 30)],
    ["few", "collecting: 7 of 20 hits per cell", () => 7],
  ] as const)("is %s: %s", (light, reason, hitsOf) => expect(judge(hitsOf)).toEqual({ light, reason }));

  it("is not judged without windows", () => expect(judgeChambers(null, null)).toEqual([]));
});

describe("freshness", () => {
  it("is judged by the length of a window", () => {
    expect(dataLight(null)).toBe("none");
    expect(dataLight(8_000, 5_000)).toBe("good");
    expect(dataLight(9_000, 5_000)).toBe("warning");
    expect(dataLight(20_000, 5_000)).toBe("bad");
    expect(dataLight(20_000, 60_000)).toBe("good");
  });

  it("of a hop is unknown while the bridge is not heard", () => {
    const status = makeStatus();
    const hop = status.hops[0]!;
    expect(hopLight(hop, status, true)).toBe("good");
    expect(hopLight(hop, status, false)).toBe("none");
    expect(hopLight({ ...hop, last_ms: status.now_ms - 4_000 }, status, true)).toBe("warning");
    expect(hopLight({ ...hop, last_ms: status.now_ms - 10_000 }, status, true)).toBe("bad");
    expect(hopLight({ ...hop, unit: "windows", last_ms: status.now_ms - 8_000 }, status, true)).toBe("good");
  });
});

describe("the verdict", () => {
  const newest = makeMessage({ id: 1 });
  const good: Judgement = { light: "good", reason: "all cells alive" };
  const fine: VerdictInput = {
    connection: "live",
    status: makeStatus(),
    newest,
    dataAgeMs: 3_000,
    judgements: [good, good, good, good],
  };
  const silentHop = makeStatus({ hops: [{ hop: "readout", last_ms: 0, rate_hz: 0, unit: "rows" }] });
  const dead: Judgement = { light: "bad", reason: "layer 3 dead" };
  const few: Judgement = { light: "few", reason: "collecting" };
  const broken = { ...newest, ledger: { ...newest.ledger, rows: newest.ledger.rows + 1 } };

  it.each([
    ["good", "All chambers are good", {}],
    ["bad", "The bridge is out of reach", { connection: "lost", dataAgeMs: 90_000 }],
    ["none", "No window yet", { newest: null }],
    ["bad", "Kafka is away", { status: makeStatus({ problem: "Kafka is away" }) }],
    ["bad", "Read-out is silent", { status: silentHop, dataAgeMs: 90_000 }],
    ["warning", "The data has stopped", { dataAgeMs: 9_000 }],
    ["bad", "The ledger does not add up", { newest: broken }],
    ["warning", "Many malformed rows", { newest: makeMessage({ id: 1, malformed: 500 }) }],
    ["bad", "Chamber 2: layer 3 dead", { judgements: [good, good, dead, good] }],
    ["bad", "Chamber 2: layer 3 dead", { judgements: [good, good, dead, good], dataAgeMs: 9_000 }],
    ["few", "Collecting hits to judge by", { judgements: [few, few, few, few] }],
    ["few", "Chamber 0: collecting", { judgements: [few, few, good, few] }],
  ] as [string, string, Partial<VerdictInput>][])("is %s: %s", (light, reason, change) =>
    expect(verdictOf({ ...fine, ...change })).toEqual({ light, reason }),
  );
});
