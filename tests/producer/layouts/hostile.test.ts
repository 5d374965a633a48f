/** Inputs that are corrupt, unusual or in another layout: everything is a row or counted by name, and reading continues. */
import { describe, expect, it } from "vitest";
import { readLayout } from "./read-layout.js";
import { bytesOf, hitWord, markedBlocks, runWord, someHits, wordOf } from "./words.js";

const malformed = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("? "));

describe("text of 2019", () => {
  const rows = (text: string) => readLayout("padova-2019-text", text);

  it("has hits of HEAD 1 and 2, event numbers with their own TDC, and a wrapped TDC", () => {
    const text =
      "HEAD,FPGA\n1,0,1,5,6,7\n2,1,64,5,6,29\n1,0,137,5,6,7\n1,0,138,5,6,0\n1,0,139,5,6,0\n1,1,3,5,6,4294967295\n";
    expect(rows(text).lines).toEqual([
      "2,0,0,5,6,8",
      "2,1,63,5,6,30",
      "2,0,136,5,6,7",
      "2,0,137,5,6,0",
      "2,0,138,5,6,1",
      "2,1,2,5,6,0",
    ]);
  });

  it("has its other lines counted by name, and malformed rows counted", () => {
    const text =
      "1,0,1,5,4095,7\n3,1,0,5,2357,2357\n3,1,2,5,10,4095,1\n0,0,9,9,9,9\n0,0,170,2871700134,2730,21\n5,0,1,1,1,1\n" +
      "1,0,1,5\n1,0,x,5,6,7\n1,0,1,4294967296,6,7\n1,0,1,5,6,7,8,9\n{\n\n1,0,1,5,6,0.5\n1,0,2,5,6,7.000000";
    const { lines, remarks } = rows(text);
    expect(remarks).toEqual({
      "rows with BX 4095": 2,
      "trigger words printed in the columns of hits": 1,
      "rows of HEAD 0": 1,
      "idle words": 1,
      "rows of HEAD 5": 1,
    });
    expect(malformed(lines)).toHaveLength(6);
    expect(lines.filter((line) => !line.startsWith("? "))).toEqual(["2,0,1,5,6,8"]);
  });

  it("has a new run at each row of zeros with a number", () => {
    const text = "0,0,0,0,0,0,7\n1,0,1,5,6,7,0\n0,0,0,0,0,0,8\n1,0,1,5,6,7,0\n3,3,5,100,7,9,1\n";
    expect(rows(text).lines).toEqual([
      "HEAD,run,7",
      "2,0,0,5,6,8",
      "HEAD,run,8",
      "2,0,0,5,6,8",
      "6,1,69,100,9,1",
    ]);
  });

  it("without a line ending is one malformed row", () => {
    const { lines, remarks } = readLayout("padova-2019-text", `${"1".repeat(600_000)}\n1,0,1,5,6,7\n`, {
      pieceBytes: 70_000,
    });
    expect([malformed(lines).length, lines.at(-1), remarks]).toEqual([1, "2,0,0,5,6,8", {}]);
  });
});

describe("words", () => {
  const t0 = (version: "v2" | "v3", orbit: number): bigint =>
    version === "v2"
      ? wordOf([24, orbit], [12, 531], [7, 5], [0, 1])
      : wordOf([54, 7], [22, orbit], [10, 531], [5, 5], [0, 1]);
  const v1Trigger = (orbit: number, bx: number): bigint =>
    wordOf([62, 3], [60, 3], [57, 5], [25, orbit], [13, 99], [1, bx], [0, 1]);

  it.each(["v2", "v3"] as const)(
    "are recognised as %s, even if trigger words are 12 s ahead of the hits",
    (version) => {
      const words = [t0(version, 1_138_000), ...someHits(50, 1_000_000)];
      const { lines } = readLayout("padova-dat", bytesOf(words));
      expect(lines[0]).toBe(version === "v2" ? "0,0,1,1138000,531,5" : "0,0,7,1138000,531,5");
      expect(lines).toHaveLength(51);
    },
  );

  it("are recognised as v1, without trigger words without a trigger and parameters without an orbit", () => {
    const parameter = wordOf([61, 5], [58, 1], [0, 0x3e9a7efa]);
    const words = [...someHits(30, 5000), v1Trigger(5010, 2357), v1Trigger(5011, 4095), parameter];
    const { lines, remarks } = readLayout("padova-dat", bytesOf(words));
    expect(lines.at(-1)).toBe("6,1,69,5010,2357,1");
    expect(remarks).toEqual({ "words with BX 4095": 1, "parameter words without an orbit": 1 });
  });

  it("have idle words, empty words, BX 4095 and unpublished HEADs counted", () => {
    const words = [
      ...someHits(3),
      0x5555555555555555n,
      wordOf([49, 170], [17, 2871700134], [5, 2730], [0, 21]),
      0n,
      hitWord(0, 1, 7, 4095, 1),
      wordOf([61, 3], [58, 1], [20, 1234]),
      wordOf([61, 1], [58, 1], [20, 1234]),
    ];
    const { lines, remarks } = readLayout("padova-dat:v2", bytesOf(words));
    expect(lines).toHaveLength(3);
    expect(remarks).toEqual({
      "idle words": 2,
      "empty words": 1,
      "words with BX 4095": 1,
      "trigger words whose layout is not published": 2,
    });
  });

  it("have trigger words of no known generation counted, not guessed", () => {
    const words = [...someHits(30), wordOf([61, 4], [24, 3_000_000_000], [0, 0x34d4])];
    expect(readLayout("padova-dat", bytesOf(words)).remarks).toEqual({
      "trigger words of no known generation": 1,
    });
  });

  it("have bytes after the last whole word as one malformed row", () => {
    const bytes = Buffer.concat([bytesOf(someHits(2)), Buffer.from([1, 2, 3])]);
    const { lines, remarks } = readLayout("padova-dat", bytes);
    expect([lines.length, malformed(lines).length, remarks]).toEqual([
      3,
      1,
      { "bytes after the last whole word": 3 },
    ]);
  });

  it("have run numbers found by position, also after a change of run and a block without number", () => {
    const first = markedBlocks(591, someHits(256));
    const second = markedBlocks(592, someHits(256, 9000));
    const { lines } = readLayout("padova-dat", bytesOf([...first, ...second]));
    expect(lines.filter((line) => line.startsWith("HEAD"))).toEqual(["HEAD,run,591", "HEAD,run,592"]);
    expect(lines.indexOf("HEAD,run,592")).toBe(257);
    const lost = bytesOf([...first, ...someHits(100, 7000), ...first]);
    const found = readLayout("padova-dma", lost);
    expect(found.remarks).toEqual({ "blocks without a run number": 1 });
    expect(found.lines.filter((line) => line.startsWith("2,"))).toHaveLength(612);
  });

  it("have stale blocks skipped at the start of a run, and only there", () => {
    const words = [...markedBlocks(1, someHits(384)), ...markedBlocks(2, someHits(256, 9000))];
    const { lines, remarks } = readLayout("padova-dat", bytesOf(words), { skipBlocks: 1 });
    expect(lines.filter((line) => line.startsWith("2,"))).toHaveLength(256 + 128);
    expect(remarks).toEqual({ "blocks skipped": 2 });
    const plain = readLayout("padova-dat", bytesOf(someHits(300)), { skipBlocks: 2 });
    expect(plain.lines).toHaveLength(44);
  });

  it("have no run number in a small first word if later blocks have none", () => {
    const words = [runWord(5), ...someHits(300)];
    const { lines, remarks } = readLayout("padova-dat", bytesOf(words));
    expect(lines.filter((line) => line.startsWith("HEAD"))).toEqual([]);
    expect(remarks).toEqual({ "trigger words of no known generation": 1 });
  });
});

describe("Bologna", () => {
  const rows = (text: string, file = "x") => readLayout("bologna-2022", text, { file });

  it("has half rows at both ends and rows of missing pins counted", () => {
    const { lines, remarks } = rows("171 17 222 1 2\n_ 1.0 5 222 1 2\n_ 1.0 5 300 1 2\n_ 1.1 9 22");
    expect(malformed(lines)).toEqual(["? 171 17 222 1 2", "? _ 1.1 9 22"]);
    expect(remarks).toEqual({
      "incomplete row at the end": 1,
      "rows of pin 300, which the board does not have": 1,
    });
    expect(lines.filter((line) => line.startsWith("2,"))).toHaveLength(2);
  });

  it("has anything else counted as malformed", () => {
    const text =
      "_ x 5 222 1 2\n_ 1.0 4096 222 1 2\n_ -1 5 222 1 2\n_ 1e12 5 222 1 2\n_ 1 5 222 1\n_ 1 5 222 1 2 3\n_ 1 5 -2 1 2\n";
    expect(malformed(rows(text).lines)).toHaveLength(7);
  });

  it("has its counter unwrapped over hours, with a clock delayed by up to 150 ms and a drift of 100 ppm", () => {
    const orbits = Array.from({ length: 5000 }, (_, i) => 20_000 + i * 30_011);
    const late = (i: number): number => ((i * 7919) % 150) / 1000;
    const text = orbits
      .map((orbit, i) => `_ ${(orbit * 89.1e-6 * 1.0001 + late(i)).toFixed(6)} ${orbit % 4096} 10 5 6`)
      .join("\n");
    const found = rows(`${text}\n`).lines.map((line) => Number(line.split(",")[3]));
    // The counter at the start of the clock is unknown up to a whole number of periods.
    const shift = (found[0] as number) - 20_000;
    expect(shift % 4096).toBe(0);
    expect(found.map((orbit) => orbit - shift)).toEqual(orbits);
  });

  it("has backward steps of time counted, as in concatenated files", () => {
    const { lines, remarks } = rows("_ 100 5 222 1 2\n_ 1 5 222 1 2\n");
    expect(remarks).toEqual({ "backward steps of the clock": 1 });
    expect(lines.map((line) => Math.round(Number(line.split(",")[3]) * 89.1e-6))).toEqual([100, 1]);
  });

  it("has the run number in its file name", () => {
    expect(rows("_ 1 5 222 1 2\n", "/data/Run_50.txt").lines[0]).toBe("HEAD,run,50");
    expect(rows("_ 1 5 222 1 2\n", "/data/notes.txt").lines).toHaveLength(1);
  });
});

describe("SND", () => {
  const hit = (more: object = {}): string =>
    JSON.stringify({ st: 0, ly: 1, wi: 2, bctr: 3, tdc: 4, arrival: { OC: 5, BX: 600 }, ...more });

  it("can have hits in lines, arrays and records", () => {
    const [a, b] = [hit(), hit({ st: 1, arrival: { OC: 6, BX: 600 } })];
    const forms = [
      `${a}\n${b}\n`,
      `[${a},${b}]`,
      `{"hits":[${a},\n${b}],"tpgs_mb1":[]}`,
      `{ "hits" : [ ${a} , ${b} ] }`,
    ];
    for (const form of forms)
      for (const pieceBytes of [1, 7, 1000])
        expect(readLayout("snd-2025", form, { pieceBytes }).lines).toEqual(["2,0,18,5,3,4", "2,1,18,6,3,4"]);
  });

  it("has half hits, hits with wrong numbers and other text counted", () => {
    const text = [
      hit({ ly: 4 }),
      hit({ tdc: 32 }),
      hit({ st: undefined }),
      hit({ arrival: { OC: 2 ** 19, BX: 1 } }),
      hit({ bctr: 1.5 }),
      `{"st": 0, "ly": 1`,
      hit(),
      "no json",
      `{"st": "x`,
      hit(),
      `{"st": 0, "ly"`,
    ].join("\n");
    const { lines, remarks } = readLayout("snd-2025", text);
    expect(lines.filter((line) => line.startsWith("2,"))).toEqual(["2,0,18,5,3,4", "2,0,18,5,3,4"]);
    expect(malformed(lines)).toHaveLength(9);
    expect(remarks).toEqual({ "incomplete row at the end": 1 });
  });

  it("has orbits that continue over resets of the counter and keep their disorder", () => {
    const orbits = Array.from({ length: 3000 }, (_, i) => 500_000 + i * 1009 - (i % 5) * 900);
    const text = orbits.map((orbit) => hit({ arrival: { OC: orbit % 2 ** 19, BX: 600 } })).join("\n");
    const found = readLayout("snd-2025", text).lines.map((line) => Number(line.split(",")[3]));
    expect(found).toEqual(orbits);
  });

  it("has an early hit with a late BX assigned to the previous orbit", () => {
    const text = [
      hit({ bctr: 3465, arrival: { OC: 7, BX: 99 } }),
      hit({ bctr: 3464, arrival: { OC: 7, BX: 99 } }),
      hit({ bctr: 3465, arrival: { OC: 7, BX: 100 } }),
    ];
    expect(readLayout("snd-2025", text.join("\n")).lines.map((line) => line.split(",")[3])).toEqual([
      "6",
      "7",
      "7",
    ]);
  });

  it("with an unterminated object does not fill the memory", () => {
    const { lines } = readLayout("snd-2025", `{"st": 0, ${" ".repeat(300_000)}\n${hit()}`, {
      pieceBytes: 50_000,
    });
    expect(malformed(lines).length).toBeGreaterThan(0);
    expect(lines.at(-1)).toBe("2,0,18,5,3,4");
  });
});

it("in another format gives no rows, and this is reported", () => {
  const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 2654435761) % 251));
  for (const layout of ["padova-2019-text", "bologna-2022", "snd-2025"])
    expect(readLayout(layout, noise).refusal).toMatch(/^none of its \d+ rows matches --layout /);
});
