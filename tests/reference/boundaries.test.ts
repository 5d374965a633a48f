/** Rows across the edge of a read chunk; padding moves each byte of a row across the edge. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, it } from "vitest";
import { processFile } from "../helpers/process-file.js";
import { expectSameRun } from "./compare.js";
import { formatOfName } from "./decode.js";
import { jsonOf } from "./encode.js";
import { runFiles } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "muonitor-boundaries-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Streams read 64 KiB at a time; decompressed `.gz` files have chunks of four times this size. */
const chunkLength = 65_536;

const rows = [1, 2, 3].map((channel) => ({ head: 2, fpga: 0, channel, orbit: 3387200950, bx: 5, tdc: -0.5 }));
const csv = rows.map((row) => `${Object.values(row).join()}\r\n\r\n`).join("HEAD,x\r\nx\r\n");
const elements = rows.map((row) => jsonOf(row).replace("{", '{"é\u{1F41F}\\\\\\"]}":"\\ud800",'));

/** Blanks, with the text across the edge of the first chunk. */
function padded(text: string, before: number): Buffer {
  return Buffer.from(" ".repeat(chunkLength - before) + text);
}

describe.each([
  ["rows.csv", `\n${csv}`],
  ["lines.jsonl", `\n${elements.join("\r\n")}\n`],
  ["array.json", `[${elements.join(" , ")}]`],
])("%s can cross the edge of a chunk", (name, text) => {
  const shifts = Array.from({ length: Math.ceil(Buffer.byteLength(text) / 7) }, (_, i) => i * 7);

  it.each([name, `${name}.gz`])("%s", async (name) => {
    for (const shift of shifts) {
      const bytes = padded(text, shift);
      const path = join(folder, name);
      writeFileSync(path, name.endsWith(".gz") ? gzipSync(bytes, { level: 1 }) : bytes);
      expectSameRun(
        await processFile(path, { bundleBytes: 1_000_000 }),
        runFiles([{ bytes, format: formatOfName(name) }]),
      );
    }
  });
});
