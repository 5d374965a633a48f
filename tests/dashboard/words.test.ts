import { describe, expect, it } from "vitest";
import { apart, comparisonWords, headline, ownNumbers } from "../../dashboard/src/words/findings.js";
import {
  age,
  bytes,
  count,
  lasted,
  percent,
  plural,
  rate,
  shortCount,
  utcDateTime,
  utcMoment,
  utcSpan,
  utcTime,
} from "../../dashboard/src/words/format.js";

/** Replaces thin spaces by plain spaces for comparison. */
const plain = (text: string): string => text.replaceAll("\u202F", " ");

describe("numbers in words", () => {
  it.each([
    [count(1234567), "1 234 567"],
    [count(12.6), "13"],
    [count(0), "0"],
    [count(-1234), "-1 234"],
    [shortCount(999_999), "999 999"],
    [shortCount(1_234_567), "1.23 M"],
    [shortCount(2_500_000_000), "2.50 G"],
    [rate(0), "0"],
    [rate(0.2), "0.2"],
    [rate(10), "10"],
    [rate(12.34), "12.3"],
    [rate(998.4), "998"],
    [rate(12345), "12 345"],
    [percent(1, 8), "12.5 %"],
    [percent(1, 0), "–"],
    [bytes(0), "0 B"],
    [bytes(999), "999 B"],
    [bytes(12_345), "12.3 kB"],
    [bytes(4.56e6), "4.56 MB"],
    [plural(1, "window"), "1 window"],
    [plural(12, "window"), "12 windows"],
  ])("%s", (text, expected) => expect(plain(text)).toBe(expected));
});

describe("the comparison in words", () => {
  it.each([
    [comparisonWords("physics only"), "fixed limits only"],
    [
      comparisonWords("references low, usual and high, of which usual fits best"),
      "reference usual (best fit of low, usual and high)",
    ],
    [
      comparisonWords("its own past since 12:04 UTC, accepted as normal by Ada"),
      "its own past since 12:04 UTC, accepted as normal by Ada",
    ],
  ])("%s", (text, expected) => expect(text).toBe(expected));
});

describe("numbers in reasons", () => {
  it.each([
    ["is 70 ± 1 % of normal: 345 Hz", "is 70_±_1~% of normal: 345~Hz"],
    ["off by -25.0 ± 1.5 ns (3 σ)", "off by −25.0_±_1.5~ns (3~σ)"],
    ["1.5 ± 0.1 times since 09:30 UTC, 4 min 05 s", "1.5_±_0.1 times since 09:30 UTC, 4~min 05~s"],
    ["4 signals of 2 muons, 3 more, layer 2 is dead", "4 signals of 2 muons, 3 more, layer 2 is dead"],
  ])("%s", (text, bound) => {
    expect(ownNumbers(text).replaceAll("\u202F", "~").replaceAll("\u00A0", "_")).toBe(bound);
  });
});

describe("the reason in a light", () => {
  const past = "its own past since 09:30 UTC";
  const lowRate = `Hit rate in all chambers is 70 ± 1 % of normal: 345 Hz, expected 492 Hz (${past})`;
  const deadTime = `${lowRate}; dead time of the read-out: no hits in 26 % of the time, in 23 gaps of 57 ms`;
  it.each([
    [130, "Layer 3 is dead", "Layer 3 is dead"],
    [
      76,
      `${lowRate}; dead time of the read-out: in the remaining time the hits are as frequent as usual`,
      "Hit rate in all chambers is 70 ± 1 % of normal; dead time of the read-out",
    ],
    [76, deadTime, "Hit rate in all chambers is 70 ± 1 % of normal; dead time of the read-out"],
    [
      130,
      `${deadTime} (and 1 other alarm)`,
      "Hit rate in all chambers is 70 ± 1 % of normal; dead time of the read-out (+1 other alarm)",
    ],
    [
      76,
      "Layer 3 loses hits: efficiency 60 ± 2 %, expected at least 95 % (and 2 other alarms)",
      "Layer 3 loses hits: efficiency 60 ± 2 % (+2 other alarms)",
    ],
    [
      76,
      `Whole segments are lost (dead time): 58 ± 3 % of the segments expected from the other chambers and ${past}`,
      "Whole segments are lost (dead time)",
    ],
    [
      130,
      `3.8 ± 0.3 % of the measurements are of channels that belong to no chamber, usually 0.8 % (${past}); seen: FPGA 1 channel 133`,
      "3.8 ± 0.3 % of the measurements are of channels that belong to no chamber, usually 0.8 %; seen: FPGA 1 channel 133",
    ],
  ])("of at most %i characters: %s", (most, reason, short) => {
    expect(headline(reason, most)).toBe(short);
    expect(headline(ownNumbers(reason), most)).toBe(ownNumbers(short));
  });
});

it.each([
  ["Layer 3 is dead (and 1 other alarm)", ["Layer 3 is dead", "+1 other alarm"]],
  ["The rules have no reference (and 2 more)", ["The rules have no reference", "+2 more"]],
  ["Noise of layer 2 (its own past)", ["Noise of layer 2 (its own past)", null]],
])("%s: the number of other alarms is apart", (reason, parts) => {
  expect(apart(reason)).toEqual(parts);
});

describe("times in words", () => {
  it.each([
    [age(-5), "0 s"],
    // From 18:15:15.9 to 18:18:10.1
    [lasted(15_900, 190_100), "2 min 55 s"],
    [age(59_999), "59 s"],
    [age(125_000), "2 min 05 s"],
    [age(4_320_000), "1 h 12 min"],
    [age(3 * 86_400_000), "3 d"],
    [utcTime(45_296_000), "12:34:56"],
    [utcDateTime(45_296_000), "1970-01-01 12:34:56"],
    [utcMoment(45_296_000, 50_000_000), "12:34:56"],
    [utcMoment(45_296_000, 90_000_000), "1970-01-01 12:34:56"],
    [utcSpan(45_296_000, 45_301_000), "12:34:56–12:35:01"],
    [utcSpan(86_395_000, 86_400_000), "1970-01-01 23:59:55–1970-01-02 00:00:00"],
  ])("%s", (text, expected) => expect(plain(text)).toBe(expected));
});
