/** Reports about content that does not match its format. */
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ContentWatch, type WatchedFormat } from "../../pipeline/steps/index.js";

const rows = "2,0,1,7,5,5\n2,1,64,8,3000,29\n";
const words = Buffer.alloc(64, 7);
const utf16 = Buffer.from(`\ufeff${rows}`, "utf16le");

function causeOf(content: string | Uint8Array, format: WatchedFormat, chunkBytes = Infinity): string | null {
  const bytes = Buffer.from(content as string);
  const watch = new ContentWatch(format);
  const step = Math.min(chunkBytes, Math.max(1, bytes.length));
  for (let at = 0; at < bytes.length; at += step) watch.take(bytes.subarray(at, at + step));
  return watch.cause();
}

describe("the cause is named for", () => {
  it.each<[name: string, format: WatchedFormat, content: string | Uint8Array, cause: RegExp]>([
    ["UTF-16 with its mark", "csv", utf16, /UTF-16.*iconv/],
    ["UTF-16 without a mark", "csv", utf16.subarray(2), /UTF-16/],
    ["big-endian UTF-16", "json", Buffer.from(utf16).swap16(), /UTF-16/],
    ["lines that end with CR only", "csv", rows.replaceAll("\n", "\r"), /CR alone.*tr/],
    ["a header before such lines", "csv", `HEAD,FPGA\r${rows.replaceAll("\n", "\r")}`, /CR alone/],
    ["gzip data", "csv", gzipSync(rows), /gzip data.*\.gz/],
    ["gzip data in a file of words", "dat", gzipSync(words), /gzip data/],
    ["zstd data", "csv", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 4, 0), /zstd data/],
    [
      "a zip archive",
      "json",
      Buffer.concat([Buffer.from("PK\u0003\u0004"), deflateRawSync(rows)]),
      /zip data/,
    ],
    ["a tail of zeros", "csv", rows + "\0".repeat(5000), /ends in zero bytes/],
    ["words with a tail of zeros", "dat", Buffer.concat([words, Buffer.alloc(4096)]), /ends in zero bytes/],
    ["window messages", "csv", '{"msg_ID":353,"hit_count":1}\n', /window messages/],
    ["window messages as JSON", "json", '[\n {"msg_ID": 353,"hit_count":1}]', /window messages/],
    ["a summary", "json", '{"rows":3,"malformed":0}', /a summary/],
    ["JSON rows as CSV", "csv", '{"HEAD":2,"FPGA":0}\n', /--format json/],
    ["CSV rows as JSON", "json", `\ufeff${rows}`, /--format csv/],
    ["text as words", "dat", rows, /text, not 64-bit words/],
  ])("%s", (_, format, content, cause) => {
    expect(causeOf(content, format)).toMatch(cause);
    expect(causeOf(content, format, 7)).toMatch(cause);
  });
});

describe("nothing is reported about", () => {
  it.each<[name: string, format: WatchedFormat, content: string | Uint8Array]>([
    ["rows", "csv", rows],
    ["rows with CRLF", "csv", rows.replaceAll("\n", "\r\n")],
    ["one row that ends with CR", "csv", "2,0,1,7,5,5\r"],
    ["nothing", "csv", ""],
    ["a few zeros at the end", "csv", `${rows}\0\0`],
    ["zeros in the middle", "csv", `${rows}${"\0".repeat(5000)}\n${rows}`],
    ["JSON rows", "json", '{"HEAD":2,"FPGA":0}\n'],
    ["JSON with CR between its tokens", "json", '[\r{"HEAD":2}\r]'],
    ["words", "dat", words],
    ["a few words of zeros", "dat", Buffer.alloc(64)],
  ])("%s", (_, format, content) => {
    expect(causeOf(content, format)).toBeNull();
    expect(causeOf(content, format, 7)).toBeNull();
  });
});
