/** The times of a report that an analysis can use. */
import { expect, it } from "vitest";
import { goodTimes } from "../../dashboard/bridge/monitor/coverage.js";
import type { LightSpan, QualityState } from "../../pipeline/model/index.js";
import { makeAlarm } from "../dashboard/support.js";

const span = (from_ms: number, to_ms: number, state: QualityState = "good"): LightSpan => ({
  ...{ from_ms, to_ms, state },
  reason: state,
});

it("good times end where a fault probably began, and begin where its alarm cleared", () => {
  const whole = [span(0, 100), span(100, 130, "bad"), span(130, 300), span(300, 320, "few"), span(320, 400)];
  const lights = [{ light: "whole" as const, spans: whole }];
  const alarms = [
    makeAlarm({ after_ms: 80, raised_ms: 100, cleared_ms: 130 }),
    makeAlarm({ raised_ms: 120, cleared_ms: 150 }),
    makeAlarm({ after_ms: 390, raised_ms: 410, cleared_ms: null }),
  ];
  const lost = [{ from_ms: 200, to_ms: 210 }];
  expect(goodTimes(lights, alarms, lost).map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual([
    [0, 80],
    [150, 200],
    [210, 300],
    [320, 390],
  ]);
  expect(goodTimes([], [], [])).toEqual([]);
});
