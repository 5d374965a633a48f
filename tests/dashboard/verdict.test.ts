import { describe, expect, it } from "vitest";
import { dataLight, hopLight } from "../../dashboard/src/live/freshness.js";
import {
  alarmsToNotify,
  clearedOf,
  standing,
  takeAlarm,
  withNumbers,
} from "../../dashboard/src/live/alarms.js";
import {
  chamberVerdict,
  scintillatorVerdict,
  wholeVerdict,
  type Heard,
} from "../../dashboard/src/live/verdict.js";
import {
  acknowledgedAgain,
  defaultFreshness,
  maxEarlierComments,
  type Acknowledgement,
  type Alarm,
  type AlarmNews,
  type Verdict,
} from "../../pipeline/model/index.js";
import { makeAlarm, makeFinding, makeQuality, makeStatus } from "./support.js";

describe("freshness", () => {
  it("is judged by the length of a window", () => {
    expect(dataLight(null, null)).toBe("none");
    expect(dataLight(8_000, null)).toBe("good");
    expect(dataLight(9_000, makeStatus({ window_ms: 5_000 }))).toBe("warning");
    expect(dataLight(20_000, makeStatus({ window_ms: 5_000 }))).toBe("bad");
    expect(dataLight(20_000, makeStatus({ window_ms: 60_000 }))).toBe("good");
  });

  it("has the limits of the bridge's rules, and none if the rule is off", () => {
    const freshness = { ...defaultFreshness, window_lengths_bad: 10, hop_seconds: 60 };
    const status = makeStatus({ window_ms: 5_000, freshness });
    expect(dataLight(20_000, status)).toBe("warning");
    const hop = { ...status.hops[0]!, last_ms: status.now_ms - 10_000 };
    expect(hopLight(hop, status, true)).toBe("good");
    const off = makeStatus({ freshness: null });
    expect([dataLight(20_000, off), hopLight(hop, off, true)]).toEqual(["none", "none"]);
  });

  it("of a stage is unknown while the bridge sends nothing", () => {
    const status = makeStatus();
    const hop = status.hops[0]!;
    expect(hopLight(hop, status, true)).toBe("good");
    expect(hopLight(hop, status, false)).toBe("none");
    expect(hopLight({ ...hop, last_ms: status.now_ms - 4_000 }, status, true)).toBe("warning");
    expect(hopLight({ ...hop, last_ms: status.now_ms - 10_000 }, status, true)).toBe("bad");
    expect(hopLight({ ...hop, unit: "windows", last_ms: status.now_ms - 8_000 }, status, true)).toBe("good");
  });
});

const dead: Verdict = { state: "bad", reason: "layer 3 is dead", since_ms: 5, finding: null };
const good: Verdict = { state: "good", reason: "all cells give hits", since_ms: 1, finding: null };
const awake: Heard = {
  connection: "live",
  lostMs: null,
  justSlept: false,
  quality: null,
  alarms: [],
  ageMs: 3_000,
  overdue: false,
};

describe("the overall light", () => {
  const quality = makeQuality({ whole: dead });

  it("is that of the rules while the bridge is connected", () => {
    expect(wholeVerdict({ ...awake, quality })).toEqual({
      state: "bad",
      reason: "Layer 3 is dead",
      sinceMs: 5,
    });
    expect(wholeVerdict(awake)).toMatchObject({ state: "none", reason: "not judged yet" });
  });

  const gone = "No connection to the server: everything here is out of date";
  it.each([
    ["none", "Connecting to the server", { connection: "connecting" }],
    ["none", "This browser was asleep: connecting again", { connection: "reconnecting", justSlept: true }],
  ] as const)("is %s otherwise: %s", (state, reason, line) =>
    expect(wholeVerdict({ ...awake, quality, ...line })).toEqual({ state, reason, sinceMs: null }),
  );
  it.each(["lost", "reconnecting"] as const)(
    "is bad, with an instruction, if the connection is %s",
    (connection) =>
      expect(wholeVerdict({ ...awake, quality, connection, lostMs: 7 })).toEqual({
        state: "bad",
        reason: gone,
        sinceMs: 7,
        whatToDo: expect.stringMatching(/network/),
      }),
  );
});

describe("the age of a light", () => {
  const finding = makeFinding({ state: "warning", since_ms: 300 });
  const verdict: Verdict = {
    state: "warning",
    reason: "layer 3 is dead",
    since_ms: 900,
    finding: finding.key,
  };
  const quality = makeQuality({
    whole: verdict,
    chambers: [good, verdict, good, good],
    judged_ms: 1000,
    findings: [finding],
  });

  it("is that of its fault, in all lights and in the alarm, also when the fault becomes less severe", () => {
    const alarm = makeAlarm({ raised_ms: 100, finding });
    const heard = { ...awake, quality, alarms: [alarm] };
    expect([wholeVerdict(heard).sinceMs, chamberVerdict(heard, 1).sinceMs]).toEqual([100, 100]);
    // An alarm that came back is as old as in the panel.
    const again = { ...heard, alarms: [{ ...alarm, reopened_ms: 200 }] };
    expect(wholeVerdict(again).sinceMs).toBe(200);
    // Consequences have no alarm.
    expect(wholeVerdict({ ...heard, alarms: [] }).sinceMs).toBe(300);
  });

  it("is that of the state without a fault", () => {
    expect(chamberVerdict({ ...awake, quality }, 0).sinceMs).toBe(1);
    expect(wholeVerdict({ ...awake, quality: { ...quality, findings: [] } }).sinceMs).toBe(900);
  });
});

describe("the light of a chamber", () => {
  const quality = makeQuality({ chambers: [good, dead, good, good] });

  it("never shows a judgement from before the connection broke as current", () => {
    expect(chamberVerdict({ ...awake, quality }, 1)).toMatchObject({
      state: "bad",
      reason: "Layer 3 is dead",
    });
    const lost: Heard = { ...awake, connection: "lost", quality };
    const reason = "unknown; was bad: layer 3 is dead";
    expect(chamberVerdict(lost, 1)).toMatchObject({ state: "none", reason });
    expect(scintillatorVerdict(awake)).toMatchObject({ state: "none", reason: "not judged yet" });
  });
});

describe("lights when the data has stopped", () => {
  const heard = { ...awake, quality: makeQuality(), ageMs: 40_000, overdue: true };

  it("do not stay green", () => {
    expect(wholeVerdict(heard).state).toBe("bad");
    expect(wholeVerdict(heard).reason).toMatch(/^The data has stopped: no data for 40.s$/);
    expect(wholeVerdict(heard).whatToDo).toMatch(/data path/);
    expect(chamberVerdict(heard, 0).state).toBe("none");
    expect(chamberVerdict(heard, 0).reason).toMatch(/^no data for 40.s; was good: all is well$/);
  });

  it("show the reason of the rules if it is known", () => {
    const whole: Verdict = {
      state: "bad",
      reason: "the read-out has been silent since 12:34:56 UTC",
      since_ms: 1,
      finding: null,
    };
    expect(wholeVerdict({ ...heard, quality: makeQuality({ whole }) }).reason).toMatch(
      /read-out has been silent/,
    );
  });
});

describe("a light and an alarm that arrived before its judgement", () => {
  const quality = makeQuality({ judged_ms: 100, chambers: [good, good, good, good], whole: good });
  const alarm = makeAlarm({ raised_ms: 101, finding: makeFinding({ reason: "layer 3 is dead" }) });

  it("do not contradict each other", () => {
    const heard = { ...awake, quality, alarms: [alarm] };
    expect(wholeVerdict(heard)).toMatchObject({ state: "bad", reason: "Chamber 1: layer 3 is dead" });
    expect(chamberVerdict(heard, 1)).toMatchObject({ state: "bad", reason: "Layer 3 is dead" });
    expect(chamberVerdict(heard, 2)).toMatchObject({ state: "good" });
  });

  it("show the judgement if it is newer or if the alarm has cleared", () => {
    const later = { ...quality, judged_ms: 101 };
    expect(wholeVerdict({ ...awake, quality: later, alarms: [alarm] }).state).toBe("good");
    const cleared = { ...alarm, cleared_ms: 102 };
    expect(wholeVerdict({ ...awake, quality, alarms: [cleared] }).state).toBe("good");
  });
});

describe("alarms", () => {
  const bad = makeAlarm({ id: "1", raised_ms: 10 });
  const warning = makeAlarm({ id: "2", raised_ms: 20, finding: makeFinding({ state: "warning" }) });
  const known = { by: "Ada", at_ms: 30, comment: "" };

  it("show the numbers of the lights while they are active, and the worst numbers after they have cleared", () => {
    const cleared = { ...warning, cleared_ms: 40 };
    const current = makeFinding({ reason: "31 ± 2 %" });
    expect(withNumbers([bad, cleared], [current])).toEqual([{ ...bad, finding: current }, cleared]);
    expect(withNumbers([bad], [])).toEqual([bad]);
  });

  it("are ordered by severity", () => {
    const cleared = { ...makeAlarm({ id: "3" }), cleared_ms: 40 };
    expect(standing([warning, cleared, bad]).map(({ id }) => id)).toEqual(["1", "2"]);
  });

  const idsToNotify = (lastNews: Map<string, AlarmNews>, now: Alarm[]): string[] =>
    alarmsToNotify(lastNews, now).map(({ id }) => id);

  it("are notified once, and not when acknowledged", () => {
    const lastNews = new Map<string, AlarmNews>();
    expect(idsToNotify(lastNews, [bad, { ...warning, acknowledged: known }])).toEqual(["1"]);
    expect(idsToNotify(lastNews, [{ ...bad, raised_ms: 11 }, warning])).toEqual([]);
  });

  it("are notified again when a warning turns bad, even if the warning was acknowledged, but only once", () => {
    const lastNews = new Map<string, AlarmNews>();
    const worse = { ...warning, finding: makeFinding(), acknowledged: known };
    expect(idsToNotify(lastNews, [warning])).toEqual(["2"]);
    expect(idsToNotify(lastNews, [worse])).toEqual(["2"]);
    expect(idsToNotify(lastNews, [warning])).toEqual([]);
    expect(idsToNotify(lastNews, [worse])).toEqual([]);
  });

  it("are notified again when they come back, unless acknowledged", () => {
    const lastNews = new Map<string, AlarmNews>();
    const cleared_ms = 40;
    alarmsToNotify(lastNews, [bad, { ...warning, acknowledged: known }]);
    expect(
      idsToNotify(lastNews, [
        { ...bad, cleared_ms },
        { ...warning, cleared_ms },
      ]),
    ).toEqual([]);
    expect(idsToNotify(lastNews, [bad, { ...warning, acknowledged: known }])).toEqual(["1"]);
    alarmsToNotify(lastNews, []);
    expect(lastNews.size).toBe(0);
  });

  it("keep the newest earlier comments", () => {
    const comments = Array.from({ length: 30 }, (_, i) => ({ by: `${i}`, at_ms: i, comment: `text ${i}` }));
    const last = comments.reduce<Acknowledgement | null>(acknowledgedAgain, null);
    expect(last).toMatchObject(comments[29]!);
    expect(last!.earlier_comments).toEqual(comments.slice(29 - maxEarlierComments, 29));
  });

  it("are in the order in which they cleared, the last one first", () => {
    const cleared = (id: string, raised_ms: number, cleared_ms: number | null): Alarm =>
      makeAlarm({ id, raised_ms, cleared_ms });
    const all = [
      cleared("short", 1, 2),
      cleared("long", 0, 90),
      cleared("active", 5, null),
      cleared("late", 7, 50),
    ];
    const kept = all.reduce<Alarm[]>(takeAlarm, []);
    expect(clearedOf(kept).map(({ id }) => id)).toEqual(["long", "late", "short"]);
  });

  it("are all kept while active, and in a bounded number after they have cleared", () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      makeAlarm({ id: String(i), raised_ms: i, cleared_ms: i % 2 === 0 ? 1000 : null }),
    );
    const kept = many.reduce<ReturnType<typeof takeAlarm>>(takeAlarm, []);
    expect(standing(kept)).toHaveLength(150);
    expect(kept).toHaveLength(250);
    expect(kept[0]!.id).toBe("299");
  });
});
