import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decodeSequenceKey,
  encodeSequenceKey,
  isKeepAlive,
  keepAliveKey,
} from "../../pipeline/model/record.js";

const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const id = fc.stringMatching(/^[^:]+$/);

it("a sequence key is decoded to its original values", () => {
  fc.assert(
    fc.property(fc.record({ id, epoch: number, partition: number, sequence: number }), (key) => {
      expect(decodeSequenceKey(encodeSequenceKey(key))).toEqual(key);
    }),
  );
});

it.each([
  "",
  "m1",
  "m1:a:1:0",
  "m1:a:1:0:2:3",
  "m1::1:0:2",
  "m1:a:-1:0:2",
  "m1:a:1:0:x",
  "m2:a:1:0:2",
  "m1:a:1:0:1e3",
])("a key of another producer is not decoded: %j", (text) => expect(decodeSequenceKey(text)).toBeNull());

it("the key of keep-alive records is recognised and used by no producer", () => {
  expect(isKeepAlive(new TextEncoder().encode(keepAliveKey))).toBe(true);
  for (const key of ["", "m1:a:1:0:2", "muonitor-keep-alivE", `${keepAliveKey}!`])
    expect(isKeepAlive(new TextEncoder().encode(key))).toBe(false);
  expect(isKeepAlive(null)).toBe(false);
  expect(decodeSequenceKey(keepAliveKey)).toBeNull();
});
