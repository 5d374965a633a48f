import { describe, expect, it } from "vitest";
import { comparisonWords } from "../../dashboard/src/words/findings.js";
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
