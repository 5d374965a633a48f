/** Layouts and run numbers in messages, and files that grow while they are read. */
import { appendFileSync, readdirSync, readlinkSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  createStreamSource,
  followFile,
  inLayoutBytes,
  LayoutInputs,
  layoutOf,
  openFile,
  type StreamInput,
} from "../../../producer/index.js";
import type { RowSource } from "../../../producer/source.js";
import { start } from "../../helpers/production.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { bytesOf, markedBlocks, someHits } from "./words.js";

const scratch = scratchFolder();

function sourceOf(inputs: readonly StreamInput[], layoutName: string, notices: string[] = []): RowSource {
  const layout = layoutOf(layoutName);
  const options = {
    layout: layout && new LayoutInputs(layout),
    warn: (line: string) => void notices.push(line),
  };
  return createStreamSource({ inputs: inputs.map((input) => inLayoutBytes(input, options)) });
}
const bytesInput = (name: string, bytes: Uint8Array): StreamInput => ({
  name,
  open: () => Readable.from([bytes.subarray(0, 1001), bytes.subarray(1001)]),
});

describe("messages", () => {
  const inputs = [
    bytesInput("a.dat", bytesOf(markedBlocks(591, someHits(300, 10)))),
    bytesInput("b.dat", bytesOf(markedBlocks(592, someHits(130, 500)))),
    bytesInput("c.dat", bytesOf(someHits(20, 9000))),
  ];

  it.each(["round-robin", "orbit"] as const)(
    "contain rows of one run each and begin with its number (%s)",
    async (partitionBy) => {
      const source = sourceOf(inputs, "padova-dat");
      const { clock, sender, production } = start({
        source,
        rateHz: 0,
        rowsPerMessage: 50,
        partitions: 2,
        partitionBy,
      });
      await clock.advance(60_000);
      await production.done;
      const runs = new Map<string, number>();
      for (const { value } of sender.messages) {
        const [first = "", ...rest] = Buffer.from(value).toString().trimEnd().split("\n");
        const marked = first.startsWith("HEAD,run,");
        const rows = marked ? rest : [first, ...rest];
        expect(rows.every((row) => row.startsWith("2,"))).toBe(true);
        const key = marked ? first : "none";
        runs.set(key, (runs.get(key) ?? 0) + rows.length);
      }
      expect(Object.fromEntries(runs)).toEqual({ "HEAD,run,591": 300, "HEAD,run,592": 130, none: 20 });
      expect(production.stats().rows).toBe(450);
    },
  );

  it("begin with the correct run if the source is read from a position inside", async () => {
    const source = sourceOf(inputs, "padova-dat");
    source.seek?.({ input: 1, row: 120 });
    const block = await source.next(100);
    expect([block?.run, block?.rows, block?.start]).toEqual([592, 10, { input: 1, row: 120 }]);
    expect([(await source.next(100))?.run]).toEqual([undefined]);
    expect(await source.next(100)).toBe(null);
  });

  it("do not exist for a file in another layout", async () => {
    const rows = Buffer.from("1,0,1,5,6,7\n".repeat(200));
    const source = sourceOf([bytesInput("old.txt", rows)], "padova-2021");
    await expect(source.next(10)).rejects.toThrow(
      /old\.txt: \d+ rows with HEAD 1: did you mean --layout padova-2019-text\?/,
    );
  });
});

describe("a file that grows", () => {
  const followed = (path: string, notices: string[]): StreamInput => ({
    name: path,
    isFollowed: true,
    open: () => followFile(path, (line) => notices.push(line.replace(`${scratch.path}/`, ""))),
  });

  /** Reads `count` rows of a source, block by block. */
  async function take(source: RowSource, count: number): Promise<string[]> {
    const rows: string[] = [];
    while (rows.length < count) {
      const block = await source.next(count - rows.length);
      if (block === null) throw new Error("the source has ended");
      rows.push(...Buffer.from(block.bytes).toString().trimEnd().split("\n"));
    }
    return rows.map((row) => row.split(",").slice(2, 4).join());
  }

  it("gives appended rows; a partial row waits for its remainder", async () => {
    const path = scratch.write("Run_7.txt", "_ 1.0 5 10 1 2\n_ 1.1 9 1");
    const notices: string[] = [];
    const source = sourceOf([followed(path, notices)], "bologna-2022", notices);
    expect(await take(source, 1)).toEqual(["10,12293"]);
    const next = take(source, 2);
    appendFileSync(path, "1 1 2\n_ 1.2 1200 300 1 2\n");
    expect(await next).toEqual(["11,12297", "300,13488"]);
    expect(notices).toEqual([`${path}: there are rows of pin 300, which the board does not have`]);
    await source.close();
  });

  it("is read from its beginning, with a notice, when it is truncated or replaced", async () => {
    const path = scratch.write("live.txt", "_ 1.0 5 10 1 2\n_ 1.1 6 10 1 2\nhalf");
    const notices: string[] = [];
    const source = sourceOf([followed(path, notices)], "bologna-2022");
    expect(await take(source, 2)).toHaveLength(2);
    const cut = take(source, 2);
    truncateSync(path);
    writeFileSync(path, "_ 2.0 7 11 1 2\n");
    // The partial row is one malformed row.
    expect((await cut)[1]).toBe("11,20487");
    const replaced = take(source, 1);
    writeFileSync(`${path}.new`, "_ 3.0 8 12 1 2\n");
    renameSync(`${path}.new`, path);
    expect(await replaced).toEqual(["12,32776"]);
    expect(notices).toEqual([
      "live.txt: was truncated from 34 to 15 bytes; reading it from the beginning",
      "live.txt: was replaced by another file; reading it from the beginning",
    ]);
    await source.close();
  });

  it("can be closed while it is waiting for rows", async () => {
    const path = scratch.write("waiting.txt", "");
    const source = sourceOf([followed(path, [])], "padova-2021");
    const next = source.next(1);
    await source.close();
    expect(await next).toBe(null);
  });

  it.runIf(process.platform === "linux")(
    "is closed with its source, also between two of its rows",
    async () => {
      const path = scratch.write("closed.txt", "_ 1.0 5 10 1 2\n");
      const source = sourceOf([followed(path, [])], "bologna-2022");
      expect(await take(source, 1)).toHaveLength(1);
      const target = (fd: string): string | null => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`);
        } catch {
          return null;
        }
      };
      const open = (): string[] => readdirSync("/proc/self/fd").filter((fd) => target(fd) === path);
      expect(open()).toHaveLength(1);
      await source.close();
      await expect.poll(open).toEqual([]);
    },
  );

  it("in the project's own columns is followed too", async () => {
    const path = scratch.write("own.csv", "2,0,1,5,6,7\n");
    const source = sourceOf([followed(path, [])], "padova-2021");
    expect(await take(source, 1)).toEqual(["1,5"]);
    const next = take(source, 1);
    appendFileSync(path, "2,0,3,9,6,7\n");
    expect(await next).toEqual(["3,9"]);
    await source.close();
  });
});

it("a file that is not followed ends", async () => {
  const path = scratch.write("ended.txt", "_ 1.0 5 10 1 2\n");
  const source = sourceOf([{ name: path, open: () => openFile(path) }], "bologna-2022");
  expect((await source.next(10))?.rows).toBe(1);
  expect(await source.next(10)).toBe(null);
});
