/** Hostile JSON: Kafka values that begin with a bracket, JSON Lines and arrays. */
import type { HostileCase } from "./corpus.js";
import { goodCsv, goodJson, makeCase } from "./make-case.js";

const bad = { malformed: 1 };

/** A value in a single line, with the same result as a Kafka value and as a file. */
function valueCase(name: string, text: string, parts: Parameters<typeof makeCase>[2]["json"]): HostileCase {
  return makeCase(name, text, { json: parts, message: parts });
}

/** An element between two good ones, in an array and as separate lines. */
function elementCase(name: string, text: string): HostileCase[] {
  const parts = { malformed: 1, hits: 2 };
  return [
    valueCase(`${name} in an array`, `[${goodJson},${text},${goodJson}]`, parts),
    makeCase(`${name} in a line`, [goodJson, text, goodJson, ""].join("\n"), { json: parts }),
  ];
}

const elementCases = [
  ...elementCase("empty object", "{}"),
  ...elementCase("null", "null"),
  ...elementCase("number", "5"),
  ...elementCase("string", `"${goodCsv}"`),
  ...elementCase("numbers as strings", goodJson.replaceAll(/:(\d)/g, ':"$1"')),
  ...elementCase("missing key", goodJson.replace('"FPGA":0,', "")),
  ...elementCase("key of other case", goodJson.replace("HEAD", "Head")),
  ...elementCase("key with a space", goodJson.replace("HEAD", "HEAD ")),
  ...elementCase("null value", goodJson.replace('"HEAD":2', '"HEAD":null')),
  ...elementCase("value of 33 bits", goodJson.replace('"ORBIT_CNT":7', '"ORBIT_CNT":4294967296')),
  ...elementCase("value of infinite size", goodJson.replace('"TDC_MEAS":5', '"TDC_MEAS":1e400')),
  ...elementCase("duplicate key, the last a string", goodJson.replace("}", ',"HEAD":"2"}')),
  ...elementCase("row under __proto__", `{"__proto__":${goodJson}}`),
  ...elementCase("rest under __proto__", goodJson.replace('"HEAD":2,', '"__proto__":{"HEAD":2},')),
  ...elementCase("row under constructor", `{"constructor":{"prototype":${goodJson}}}`),
  ...elementCase("empty string", '""'),
];

const goodCases = [
  valueCase("duplicate key, the last good", goodJson.replace("{", '{"HEAD":"x",'), { hits: 1 }),
  valueCase("duplicate key, the last another HEAD", goodJson.replace("}", ',"HEAD":4}'), {
    head_rejected: 1,
  }),
  valueCase("escaped keys", goodJson.replace("HEAD", "\\u0048\\u0045AD"), { hits: 1 }),
  valueCase("deep extra key", goodJson.replace("{", `{"x":${"[".repeat(200)}${"]".repeat(200)},`), {
    hits: 1,
  }),
  valueCase("__proto__ beside a row", goodJson.replace("{", '{"__proto__":{"HEAD":4},'), { hits: 1 }),
  valueCase("brackets in strings", goodJson.replace("{", '{"]},{\\"":"[{\\\\",'), { hits: 1 }),
  valueCase("lone surrogate escape", goodJson.replace("{", '{"\\ud800":"\\udfff",'), { hits: 1 }),
  valueCase("doubles and exponents", goodJson.replace(":7", ":7.0e0").replace(":0", ":-0.0"), { hits: 1 }),
  valueCase("spaces everywhere", `  [ ${goodJson} ,\t${goodJson} ]  `, { hits: 2 }),
  valueCase("empty array", "[]", {}),
];

const brokenCases = [
  valueCase("open object", '{"HEAD":2', bad),
  valueCase("bracket alone", "{", bad),
  valueCase("opening bracket alone", "[", bad),
  valueCase("single quotes", "{'HEAD':2}", bad),
  valueCase("comma before the end", goodJson.replace("}", ",}"), bad),
  valueCase("comment", goodJson.replace("{", "{/**/"), bad),
  valueCase("leading zero", goodJson.replace(":2", ":02"), bad),
  valueCase("NaN value", goodJson.replace('"TDC_MEAS":5', '"TDC_MEAS":NaN'), bad),
  valueCase("raw control character in a string", goodJson.replace("{", '{"\x01":1,'), bad),
  makeCase("row after a row", `${goodJson}\n${goodJson}`, { message: bad, json: { hits: 2 } }),
  makeCase("text after a row", `${goodJson} x`, { message: bad, json: bad, csv: bad }),
  makeCase("broken element in an array", `[${goodJson},{HEAD:2},${goodJson}]`, {
    message: bad,
    json: { malformed: 1, hits: 2 },
  }),
  makeCase("array cut in an element", `[${goodJson},${goodJson},{"HEAD":2,`, {
    message: bad,
    json: { malformed: 1, hits: 2 },
  }),
  makeCase("array without its closing bracket", `[${goodJson},${goodJson}`, {
    message: bad,
    json: { malformed: 1, hits: 2 },
  }),
  makeCase("array cut in a string", `[${goodJson},{"HE`, { message: bad, json: { malformed: 1, hits: 1 } }),
  makeCase("CSV in a JSON file", `${goodCsv}\n${goodCsv}\n`, { json: { malformed: 2 } }),
  makeCase("words in a JSON file", Buffer.from([0, 255, 254, 1]), { json: bad }),
];

export const jsonCases: HostileCase[] = [...elementCases, ...goodCases, ...brokenCases];
