/** Reading gzip files: the readable content and the faults, however the bytes are cut into chunks. */
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gunzip, GzipFault } from "../../pipeline/steps/index.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const row = (n: number): string => `2,0,1,${n},5,5\n`;
const rows = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => row((first + i) * 7919)).join("");
const member = (content: string): Buffer => gzipSync(content);
const [one, two] = [member(row(1)), member(row(2))];
const zeros = Buffer.alloc(1000);

interface Read {
  /** The content, split at each fault. */
  parts: string[];
  faults: string[];
  endsRow: boolean[];
}

/** @param sizes of the chunks, repeated */
async function read(file: Uint8Array, sizes: readonly number[], canReopen = true): Promise<Read> {
  async function* open(from: number): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    for (let [at, i] = [from, 0]; at < file.length; i += 1) {
      const end = at + (sizes[i % sizes.length] as number);
      yield file.subarray(at, end);
      at = end;
    }
  }
  const found: Read = { parts: [""], faults: [], endsRow: [] };
  for await (const item of gunzip(open, canReopen)) {
    if (item instanceof GzipFault) {
      found.faults.push(item.message);
      found.endsRow.push(item.endsRow);
      found.parts.push("");
    } else found.parts.push((found.parts.pop() ?? "") + text(item));
  }
  return found;
}

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? bytes.length + at : at]! ^= 0xff;
  return copy;
}

const named = Buffer.concat([
  Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3]),
  Buffer.from("run12.txt\0a comment\0ab"),
  one.subarray(10),
]);

describe("a gzip file", () => {
  it.each<[string, Buffer[], string]>([
    ["is empty", [], ""],
    ["is one member", [one], row(1)],
    ["is several members", [one, two, one], row(1) + row(2) + row(1)],
    ["has an empty member", [one, member(""), two], row(1) + row(2)],
    ["has padding between its members and at its end", [one, zeros, two, zeros], row(1) + row(2)],
    ["has more padding than a block", [one, Buffer.alloc(200_000), two], row(1) + row(2)],
    ["has every field of a header", [named, one], row(1) + row(1)],
    ["is large", [member(rows(0, 60_000)), member(rows(9, 9))], rows(0, 60_000) + rows(9, 9)],
  ])("that %s is read completely", async (_, parts, content) => {
    expect(await read(Buffer.concat(parts), [1 << 16])).toMatchObject({ parts: [content], faults: [] });
  });

  const end = one.length;
  it.each<[string, Buffer[], string[], string[]]>([
    ["is not gzip", [Buffer.from("HEAD\n2,0,1,7,5,5\n")], ["", ""], ["bytes 0 to 16 are not gzip data"]],
    ["begins with zeros", [Buffer.alloc(3)], ["", ""], ["bytes 0 to 2 are not gzip data"]],
    [
      "has text after it",
      [one, Buffer.from(row(8))],
      [row(1), ""],
      [`bytes ${end} to ${end + 11} are not gzip data`],
    ],
    [
      "has text between its members",
      [one, Buffer.from("text"), two],
      [row(1), row(2)],
      [`bytes ${end} to ${end + 3} are not gzip data`],
    ],
    [
      "lacks its checksum",
      [one.subarray(0, -8)],
      [row(1), ""],
      [`the gzip member at byte 0 is cut off at byte ${end - 8}`],
    ],
    [
      "ends within its checksum",
      [one.subarray(0, -1)],
      [row(1), ""],
      [`the gzip member at byte 0 is cut off at byte ${end - 1}`],
    ],
    [
      "ends within a header",
      [one, two.subarray(0, 9)],
      [row(1), ""],
      [`the gzip member at byte ${end} is cut off at byte ${end + 9}`],
    ],
    [
      "ends within a name",
      [one, named.subarray(0, 20)],
      [row(1), ""],
      [`the gzip member at byte ${end} is cut off at byte ${end + 20}`],
    ],
    [
      "has a wrong checksum",
      [changed(one, -8), two],
      [row(1), row(2)],
      ["the gzip member at byte 0 has a wrong checksum"],
    ],
    [
      "has a wrong length",
      [changed(one, -1), two],
      [row(1), row(2)],
      ["the gzip member at byte 0 has a wrong checksum"],
    ],
  ])("that %s gives its readable content, and the rest is reported", async (_, parts, content, faults) => {
    expect(await read(Buffer.concat(parts), [7])).toMatchObject({ parts: content, faults });
  });

  it("that is truncated within its data gives all rows before the end", async () => {
    const content = rows(0, 60_000);
    const whole = member(content);
    const half = whole.subarray(0, whole.length / 2);
    const found = await read(half, [1 << 16]);
    expect(found.faults).toEqual([`the gzip member at byte 0 is cut off at byte ${half.length}`]);
    expect(found.endsRow).toEqual([false]);
    expect(found.parts[0]!.length).toBeGreaterThan(content.length / 3);
    expect(content.startsWith(found.parts[0]!)).toBe(true);
  });

  it("that has corrupt data gives the content before the error, and the members after it", async () => {
    const content = rows(0, 60_000);
    const compressed = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
    const header = one.subarray(0, 10);
    // The flush is followed by a block of an invalid type.
    const broken = Buffer.concat([one, header, compressed, Buffer.alloc(8, 0xff), two]);
    const at = one.length + header.length + compressed.length;
    const found = await read(broken, [1 << 16]);
    expect(found).toEqual({
      parts: [row(1) + content, row(2)],
      faults: [`the gzip member at byte ${one.length} is corrupt at byte ${at}`],
      endsRow: [false],
    });
    const ofPipe = await read(broken, [1 << 16], false);
    expect(ofPipe.faults).toEqual([`the gzip member at byte ${one.length} is corrupt`]);
    expect(ofPipe.parts[1]).toBe(row(2));
    expect(found.parts[0]!.startsWith(ofPipe.parts[0]!)).toBe(true);
    expect(ofPipe.parts[0]!.length).toBeGreaterThan(content.length / 2);
  });

  it.each([100, 50_000, 150_000])(
    "whose member of %i bytes is truncated gives the rows of this member and of the next",
    async (length) => {
      const content = rows(0, 60_000);
      const cut = member(content).subarray(0, length);
      const found = await read(Buffer.concat([cut, two, one]), [1 << 16]);
      expect(found.faults).toEqual([`the gzip member at byte 0 is cut off at byte ${length}`]);
      expect(found.parts[1]).toBe(row(2) + row(1));
      expect(content.startsWith(found.parts[0]!)).toBe(true);
      expect(found.parts[0]!.length).toBeGreaterThan(length);
    },
  );

  const part = fc.oneof(
    fc.nat(20).map((count) => member(rows(count, count))),
    fc.nat(9).map((count) => Buffer.alloc(count)),
    fc
      .constantFrom("", "x", row(3), "\x1f", "\x1f\x8b", "\x1f\x8b\x08\0\0\0\0\0\0\x03")
      .map((words) => Buffer.from(words, "latin1")),
    fc.tuple(fc.nat(20), fc.nat(60)).map(([count, cut]) => member(rows(1, count)).subarray(0, -1 - cut)),
    fc.tuple(fc.nat(20), fc.nat(200)).map(([count, at]) => {
      const whole = member(rows(2, count + 1));
      return changed(whole, at % whole.length);
    }),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  );

  it("gives the same content however its bytes are cut into chunks", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 6 }),
        cuts,
        fc.boolean(),
        async (parts, sizes, canReopen) => {
          const file = Buffer.concat(parts);
          expect(await read(file, sizes, canReopen)).toEqual(await read(file, [1 << 20], canReopen));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("of any whole members and padding is read without faults", async () => {
    const contents = fc.array(fc.tuple(fc.nat(30), fc.nat(5)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 99 }), async (members, size) => {
        const file = members.flatMap(([count, padding]) => [
          member(rows(count, count)),
          Buffer.alloc(padding),
        ]);
        const content = members.map(([count]) => rows(count, count)).join("");
        expect(await read(Buffer.concat(file), [size])).toMatchObject({ parts: [content], faults: [] });
      }),
      { numRuns: 100 },
    );
  });
});
