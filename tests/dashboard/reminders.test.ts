/** Small functions of the page: reminders of alarms, the run of a plot, the format of numbers in reasons. */
import { describe, expect, it } from "vitest";
import { runOf } from "../../dashboard/src/composables/usePlotOrigin.js";
import { alarmsToRemind, isSilenced } from "../../dashboard/src/live/alarms.js";
import { lightsAt, marksOf } from "../../dashboard/src/live/time-marks.js";
import { capital, findingWords } from "../../dashboard/src/words/findings.js";
import { utcDateTime, utcOfInput } from "../../dashboard/src/words/format.js";
import { makeAlarm, makeFinding } from "./support.js";

describe("a reminder", () => {
  const bad = makeAlarm({ id: "bad" });
  const silenced = makeAlarm({ id: "silenced", silenced: { by: "A", until_ms: 1000 } });
  const others = [
    makeAlarm({ id: "warning", finding: makeFinding({ state: "warning" }) }),
    makeAlarm({ id: "noted", acknowledged: { by: "A", at_ms: 1, comment: "" } }),
    makeAlarm({ id: "gone", cleared_ms: 5 }),
  ];

  it("is for bad alarms that are neither acknowledged nor silenced", () => {
    expect(alarmsToRemind([bad, silenced, ...others], 999).map(({ id }) => id)).toEqual(["bad"]);
  });

  it("is repeated when the silence is over", () => {
    expect(isSilenced(silenced, 999)).toBe(true);
    expect(alarmsToRemind([silenced], 1000)).toEqual([silenced]);
  });
});

it("windows before the start of a run do not belong to it", () => {
  const run = {
    ...{ number: 7, started_ms: 100, stopped_ms: null, comment: "" },
    ...{ windows: 0, rows: 0, hit_count: 0, demo: false },
  };
  expect([runOf(run, 99), runOf(run, 100), runOf(run, null), runOf(null, 100)]).toEqual([
    null,
    7,
    null,
    null,
  ]);
});

it("numbers in reasons get thin spaces, and other commas stay", () => {
  expect(capital("1,300 per second, 12,345,678 in all, cells 1,2 and 3")).toBe(
    "1\u202F300 per second, 12\u202F345\u202F678 in all, cells 1,2 and 3",
  );
  const finding = { scope: { kind: "chamber", chamber: 1 }, reason: "57 Hz, expected 1,200 Hz" } as const;
  expect(findingWords(finding)).toBe("Chamber 1: 57\u202FHz, expected 1\u202F200\u202FHz");
});

describe("typed times", () => {
  const nowMs = Date.UTC(2026, 0, 15, 5, 30);

  it.each([
    ["2026-01-14 23:59:58", Date.UTC(2026, 0, 14, 23, 59, 58)],
    ["2026-01-14T23:59", Date.UTC(2026, 0, 14, 23, 59)],
    [" 2026-01-14 23:59:58 UTC ", Date.UTC(2026, 0, 14, 23, 59, 58)],
    // Times of day are not in the future.
    ["05:30", nowMs],
    ["5:29:59", nowMs - 1000],
    ["22:00", Date.UTC(2026, 0, 14, 22)],
  ])("%s is UTC", (typed, ms) => {
    expect(utcOfInput(typed, nowMs)).toBe(ms);
    expect(utcOfInput(utcDateTime(ms), nowMs)).toBe(ms);
  });

  it.each([
    "",
    "now",
    "22",
    "2026-01-14",
    "2026-02-30 10:00",
    "24:00",
    "12:60",
    "10:00 PM",
    "14.01.2026 10:00",
  ])("%j is refused", (typed) => expect(utcOfInput(typed, nowMs)).toBeNull());
});

it("withdrawn remarks have no mark, and the mark of an active alarm ends now", () => {
  const remark = { id: "r", from_ms: 1, to_ms: null, by: "A", text: "t", written_ms: 1, demo: false };
  const withdrawn = { ...remark, withdrawn: { by: "A", at_ms: 2 } };
  const marks = marksOf([makeAlarm({ raised_ms: 3 })], [remark, withdrawn], 9);
  expect(marks.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])).toEqual([
    ["alarm", 3, 9],
    ["remark", 1, null],
  ]);
});

it("the state of a light at a given time is that of the span containing the time", () => {
  const spans = [{ from_ms: 0, to_ms: 10, state: "good", reason: "" } as const];
  expect(lightsAt([{ light: "whole", spans }], 9).get("whole")).toBe(spans[0]);
  expect(lightsAt([{ light: "whole", spans }], 10).get("whole")).toBeNull();
});
