/** Layouts on the command line: errors for wrong layouts, and the result for a file of each layout. */
import { describe, expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { bytesOf, markedBlocks, someHits, wordOf } from "../producer/layouts/words.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const processed = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCli(["process", "--no-muons", ...args]);
  const windows = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as WindowMessage);
  return { code, windows, errors: stderr.replaceAll(`${scratch.path}/`, "") };
};

const text2019 = (rows: number): string =>
  Array.from(
    { length: rows },
    (_, i) => `1,${i % 2},${1 + (i % 128)},${1000 + i},${(i * 7) % 3564},${i % 30}\n`,
  ).join("");

describe("a wrong layout is refused, and the correct one is suggested", () => {
  const bologna = "_ 1.5 5 222 1 2\n".repeat(30);
  const snd = `{"st":0,"ly":1,"wi":2,"bctr":3,"tdc":4,"arrival":{"OC":5,"BX":6}}\n`.repeat(30);
  const own = "2,0,1,5,6,7\n".repeat(30);
  const words = bytesOf(someHits(100));
  it.each([
    ["default.txt", text2019(1000), [], "1000 rows with HEAD 1: did you mean --layout padova-2019-text?"],
    ["default.txt", bologna, [], "30 rows that begin with _: did you mean --layout bologna-2022?"],
    ["default.jsonl", snd, [], "30 objects with bctr and arrival: did you mean --layout snd-2025?"],
    ["default.txt", words, [], "100 words of hits: did you mean --layout padova-dat?"],
    [
      "seven.txt",
      "3,2,1,100,5,6,1\n".repeat(30),
      [],
      "30 rows with seven columns: did you mean --layout padova-2019-text?",
    ],
    ["own.csv", own, ["--layout", "padova-2019-text"], "30 rows with HEAD 2: these columns need no --layout"],
    ["own.csv", own, ["--layout", "padova-dat"], "30 rows with HEAD 2: these columns need no --layout"],
    [
      "words.txt",
      words,
      ["--layout", "bologna-2022"],
      "100 words of hits: did you mean --layout padova-dat?",
    ],
    [
      "few.txt",
      "1,0,1,5,6,7\n".repeat(3),
      ["--layout", "snd-2025"],
      "none of its 3 rows matches --layout snd-2025",
    ],
  ])("%s", async (name, content, args, words) => {
    const path = scratch.write(name, content);
    const { code, windows, errors } = await processed("--input", path, ...args);
    expect([code, windows]).toEqual([1, []]);
    expect(errors).toContain(`${name}: ${words}`);
  });

  it("but none for random bytes, all of which are malformed", async () => {
    const random = Buffer.from(
      Array.from({ length: 100_000 }, (_, i) => Math.imul(i * i + 7, 2654435761) >>> 24),
    );
    const path = scratch.write("random.csv", random);
    const { code, windows, errors } = await processed("--input", path);
    expect([code, windows]).toEqual([0, []]);
    expect(errors).not.toContain("did you mean");
    expect(errors).toMatch(/no hits in \d+ rows? = \d+ malformed .* check --layout and --detector/);
  });
});

it("a few rows with other HEADs are not refused, but missing hits are reported", async () => {
  const path = scratch.write("few.csv", "1,0,1,5,6,7\n0,0,1,5,6,7\n");
  const { code, windows, errors } = await processed("--input", path);
  expect([code, windows[0]?.ledger.head_rejected]).toEqual([0, 2]);
  expect(errors).toContain("no hits in 2 rows = 0 malformed + 2 other HEAD");
});

it.each([
  [["--layout", "padova-dat", "--format", "csv"], "--layout padova-dat does not have --format csv"],
  [["--layout", "snd-2025", "--format", "dat"], "--layout snd-2025 does not have --format dat"],
  [["--layout", "bologna-2022", "--format", "json"], "--layout bologna-2022 does not have --format json"],
  [["--layout", "bologna"], "padova-2019-text"],
  [["--skip-blocks", "3"], "--skip-blocks needs --layout padova-dat"],
  [["--raw-format", "dma"], "--raw-format needs --input kafka"],
  [["--run", "4294967296"], "--run"],
])("%s is wrong usage", async (args, words) => {
  const { code, errors } = await processed("--input", "x.dat", ...args);
  expect(code).toBe(2);
  expect(errors).toContain(words);
});

it("words of hits are read without --layout, with one notice if trigger words have distant orbits", async () => {
  const t0 = wordOf([24, 617095], [12, 531], [7, 5], [0, 1]);
  const path = scratch.write("run.dat", bytesOf([...someHits(50, 617095), t0, t0]));
  const plain = await processed("--input", path);
  expect([plain.code, plain.windows.length]).toEqual([0, 2]);
  expect(plain.errors.match(/2 words of HEAD 0, 4 and 5 are more than a million orbits away/g)).toHaveLength(
    1,
  );
  const layout = await processed("--input", path, "--layout", "padova-dat");
  expect([layout.code, layout.windows.map(({ ledger }) => ledger.rows)]).toEqual([0, [52]]);
  expect(layout.errors).not.toContain("lie more than");
});

it("the summary names the layout and counts all words that are not rows", async () => {
  const path = scratch.write("idle.dat", bytesOf([...markedBlocks(5, someHits(10)), 0x5555555555555555n]));
  const args = ["--input", path, "--layout", "padova-dat", "--output", "/dev/null", "--summary", "-"];
  const { stdout, stderr } = await runCli(["process", ...args]);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 10,
    hits: 10,
    layout: { name: "padova-dat", "idle words": 1 },
  });
  expect(stderr).toContain("1 idle words");
});

it("the help lists the layouts", async () => {
  const { stdout } = await runCli(["process", "--help"]);
  for (const name of [
    "padova-2021",
    "padova-2019-text",
    "padova-dat:v2",
    "padova-dma",
    "bologna-2022",
    "snd-2025",
  ])
    expect(stdout).toContain(name);
});

it("a trigger candidate in read-out words is complete without the HEADs that are not published", async () => {
  const orbit = 617095;
  const words = [
    ...someHits(30, orbit),
    wordOf([24, orbit], [12, 531], [7, 5], [0, 1]),
    wordOf([61, 4], [24, orbit], [0, 0x34d4]),
    wordOf([61, 5], [24, orbit], [0, 0x50c8]),
  ];
  const path = scratch.write("words.dat", bytesOf(words));
  const { stdout } = await runCli(["process", "--input", path, "--layout", "padova-dat"]);
  const [message] = stdout
    .split("\n")
    .map((line) => (line === "" ? null : (JSON.parse(line) as WindowMessage)));
  expect(message?.trigger_words?.["0"]).toMatchObject({ candidates: 1, incomplete: 0 });
});

it.each([
  ["bologna-2022", "_ 0.1 1100 222 100 7\n"],
  ["snd-2025", '{"st":0,"ly":0,"wi":3,"bctr":100,"tdc":7,"arrival":{"OC":5,"BX":600}}\n'],
])("channels of %s read with the default set-up give a hint", async (layout, text) => {
  const input = scratch.write(`${layout}.txt`, text);
  const args = ["process", "--input", input, "--layout", layout];
  const { code, stderr } = await runCli(args);
  expect(code).toBe(0);
  expect(stderr).toContain(`did you mean --detector ${layout}?`);
  const known = await runCli([...args, "--detector", layout]);
  expect(known.stderr).not.toContain("did you mean --detector");
});
