/** An input gives the same rows however it is cut into pieces. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLayout } from "./read-layout.js";
import { bytesOf, markedBlocks, someHits } from "./words.js";

const texts: [string, Buffer][] = [
  [
    "padova-2019-text",
    Buffer.from("0,0,0,0,0,0,9\n1,0,1,5,6,7\r\nx\n3,2,1,100,5,6,1\n1,1,128,4294967295,3563,29"),
  ],
  ["padova-dat", bytesOf(markedBlocks(3, someHits(200)))],
  ["padova-dat:v2", Buffer.concat([bytesOf(someHits(20)), Buffer.from([1])])],
  ["bologna-2022", Buffer.from("half\n_ 0.5 5 1 2 3\n_ 0.9 17 4 5 6\n\n_ 1.3 400 228 7 8\n_ 1")],
  [
    "snd-2025",
    Buffer.from(
      '{"hits":[{"st":0,"ly":1,"wi":2,"bctr":3,"tdc":4,"arrival":{"OC":5,"BX":6}},\n{"st":1}],"tpgs_mb1":[{"t0":1,"hits":[{"wi":1,"valid":1}]}]}',
    ),
  ],
];

describe.each(texts)("%s", (layout, bytes) => {
  it("an input gives the same rows in pieces of any size", () => {
    const whole = readLayout(layout, bytes);
    expect(whole.lines.length).toBeGreaterThan(1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length }), (pieceBytes) => {
        expect(readLayout(layout, bytes, { pieceBytes })).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});
