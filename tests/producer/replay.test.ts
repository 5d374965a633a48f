import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError, UnavailableError } from "../../pipeline/model/index.js";
import { createStreamSource, type StreamInput } from "../../producer/replay/index.js";
import { createFileSource } from "../helpers/file-source.js";
import type { RowSource } from "../../producer/source.js";
import { linesOf, readSlowly } from "./slow-reader.js";

const realPath = fileURLToPath(new URL("../golden/examples/few-rows.txt", import.meta.url));
const realLines = readFileSync(realPath, "latin1").trimEnd().split("\n");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muonitor-replay-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** All lines of a source, up to `limit` blocks. */
async function drain(source: RowSource, maxRows = 7, limit = Infinity): Promise<string[]> {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i < limit; i += 1) {
    const block = await source.next(maxRows);
    if (block === null) break;
    expect(block.rows).toBeGreaterThan(0);
    expect(block.rows).toBeLessThanOrEqual(maxRows);
    expect(block.spent).toBe(block.rows);
    expect(linesOf([block.bytes]).filter((line) => line !== "HEAD").length).toBe(block.rows);
    blocks.push(block.bytes);
  }
  await source.close();
  return linesOf(blocks);
}

function sourceOf(chunks: (string | Uint8Array)[], loop = false): RowSource {
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  return createStreamSource({ inputs: [{ name: "test", open: () => Readable.from(bytes) }], loop });
}

describe("files", () => {
  test("measured rows are unchanged", async () => {
    const lines = await drain(createFileSource({ paths: [realPath] }));
    expect(lines).toEqual(realLines);
    expect(readSlowly([Buffer.from(lines.join("\n") + "\n")]).ledger.rows).toBe(74);
  });

  test("a file whose name ends in .gz is decompressed", async () => {
    const path = await write("real.txt.gz", gzipSync(readFileSync(realPath)));
    expect(await drain(createFileSource({ paths: [path] }))).toEqual(realLines);
  });

  test("several files are read one after another, each with its own header and byte-order mark", async () => {
    const first = await write(
      "a.txt",
      "\ufeffHEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\r\n1,1,1,1,1,1\r\n",
    );
    const second = await write("b.txt", "\ufeff2,2,2,2,2,2");
    const source = createFileSource({ paths: [first, second] });
    expect(source.name).toBe("2 inputs");
    expect(await drain(source)).toEqual(["1,1,1,1,1,1\r", "2,2,2,2,2,2"]);
  });

  test("a loop restarts at the end", async () => {
    const lines = await drain(createFileSource({ paths: [realPath], loop: true }), 1, 200);
    expect(lines).toEqual([...realLines, ...realLines, ...realLines].slice(0, 200));
  });

  test("a loop over no rows is an error, not an endless loop", async () => {
    const path = await write("empty.txt", "HEAD\n\n \n");
    expect(await drain(createFileSource({ paths: [path] }))).toEqual([]);
    const looping = createFileSource({ paths: [path], loop: true });
    await expect(async () => looping.next(1)).rejects.toThrow(
      `${path}: no rows, so there is nothing to loop over`,
    );
  });

  test("errors are one line with the name of the file", async () => {
    const missing = join(folder, "missing.txt");
    const broken = await write("broken.gz", "this is not gzip");
    const cut = await write("cut.gz", gzipSync(readFileSync(realPath)).subarray(0, 100));
    const fails = async (path: string, reason: string) => {
      const failure = drain(createFileSource({ paths: [path] }));
      await expect(failure).rejects.toThrow(InputError);
      await expect(failure).rejects.toThrow(`${path}: ${reason}`);
    };
    await fails(missing, "no such file");
    await fails(folder, "is a directory");
    await fails(broken, "bytes 0 to 15 are not gzip data");
    await fails(cut, "the gzip member at byte 0 is cut off at byte 100");
  });
});

describe("cutting", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "",
      " \t",
      "\r",
      "HEAD,FPGA",
      " HEAD ",
      "HEAD\r",
      "HEADX,1",
      "HEAD 1,2",
      "2,1,7,5,5,5",
      "x",
      "{a",
      " [1",
    ),
    fc.stringMatching(/^[0-9,. {[HEAD]{0,12}$/),
  );

  test("the sizes of chunks and blocks do not change the rows; headers and blank lines are omitted", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.nat(12), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (lines, mark, ended, sizes, maxRows) => {
          const content = Buffer.from((mark ? "\ufeff" : "") + lines.join("\n") + (ended ? "\n" : ""));
          const rows = lines.filter(
            (text) => !/^[ \t\r]*$/.test(text) && !/^[ \t]*HEAD[ \t\r]*(,|$)/.test(text),
          );
          const found = await drain(sourceOf(chunksOf(content, sizes)), maxRows);
          expect(found.filter((text) => text !== "HEAD")).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a row that begins like JSON is never the first of a message", async () => {
    expect(await drain(sourceOf(['{"HEAD":2}\n  [1\n2,0,0,0,0,0\n']))).toEqual([
      "HEAD",
      '{"HEAD":2}',
      "HEAD",
      "  [1",
      "2,0,0,0,0,0",
    ]);
  });

  test("an endless line is one malformed row and needs no memory", async () => {
    const part = Buffer.alloc(100_000, "7");
    const lines = await drain(
      sourceOf(["1,1,1,1,1,1\n", part, part, part, part, "\n2,2,2,2,2,2\n", part, part, part]),
    );
    expect(lines).toEqual([
      "1,1,1,1,1,1",
      "row longer than 262144 bytes",
      "2,2,2,2,2,2",
      "row longer than 262144 bytes",
    ]);
    expect(readSlowly([Buffer.from(lines.join("\n") + "\n")]).ledger.malformed).toBe(2);
  });
});

describe("an input that cannot be read", () => {
  const row = (n: number): string => `${n},${n},${n},${n},${n},${n}`;
  const good = (n: number): StreamInput => ({
    name: `good ${n}`,
    open: () => Readable.from([Buffer.from(row(n))]),
  });
  const bad = (error: Error): StreamInput => ({ name: "bad", open: () => Promise.reject(error) });

  test("is reported at the end, after the rows of the other inputs", async () => {
    const named: string[] = [];
    const missing = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
    const source = createStreamSource({
      inputs: [good(1), bad(missing), bad(new InputError("bad", "the object is archived")), good(2)],
      onUnreadable: ({ message }) => named.push(message),
    });
    const blocks = [await source.next(9), await source.next(9)];
    expect(blocks.map((block) => linesOf([block?.bytes as Uint8Array]))).toEqual([[row(1)], [row(2)]]);
    expect(blocks.map((block) => block?.start)).toEqual([
      { input: 0, row: 0 },
      { input: 3, row: 0 },
    ]);
    expect(named).toEqual(["bad: no such file", "bad: the object is archived"]);
    await expect(source.next(9)).rejects.toThrow("bad: no such file; bad: the object is archived");
  });

  test("because its server does not answer ends the run; the same command resumes there", async () => {
    const source = createStreamSource({ inputs: [good(1), bad(new UnavailableError("no answer")), good(2)] });
    expect((await source.next(9))?.rows).toBe(1);
    await expect(source.next(9)).rejects.toThrow("bad: no answer");
  });
});

describe("streams that wait", () => {
  test("close ends a pending read", async () => {
    const source = createStreamSource({ inputs: [{ name: "stdin", open: () => new PassThrough() }] });
    const pending = source.next(10);
    await source.close();
    expect(await pending).toBeNull();
  });

  test("rows arrive as soon as they exist", async () => {
    const stream = new PassThrough();
    const source = createStreamSource({ inputs: [{ name: "stdin", open: () => stream }] });
    const pending = source.next(10);
    expect(pending).toBeInstanceOf(Promise);
    stream.write("1,1,1,1,1,1\n2,2,2");
    expect((await pending)?.rows).toBe(1);
    const rest = source.next(10);
    stream.end(",2,2,2");
    expect(new TextDecoder().decode((await rest)?.bytes)).toBe("2,2,2,2,2,2\n");
    expect(await source.next(10)).toBeNull();
    expect(await source.next(10)).toBeNull();
  });
});

function chunksOf(content: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(content.subarray(at, at + size));
    at += size;
  }
  return [...chunks, content.subarray(at)].filter(({ length }) => length > 0);
}
