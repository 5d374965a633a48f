/** Inputs of the JSON golden pairs. */
import { jsonRow, lines } from "./make-rows.js";

const good = jsonRow("2", "0", "1", "3387200950", "5", "5");
const at = (channel: number): string => jsonRow("2", "0", String(channel), "3387200950", "5", "5");

/** Values that can be parsed but are not rows. */
const notRows = [
  ...["{}", "null", "5", "true", '"2,0,1,7,5,5"', "[]", `[${good}]`, `{"row":${good}}`],
  jsonRow('"2"', '"0"', '"1"', '"7"', '"5"', '"5"'),
  jsonRow("2", "0", "1", "7", "5"),
  jsonRow("2", "0", "1", "7", "5", "null"),
  jsonRow("2", "0", "1", "7", "5", "true"),
  jsonRow("2", "0", "1", "7", "5", "[5]"),
  jsonRow("2", "0", "1", "7", "5", "1e400"),
  jsonRow("2", "0", "1", "4294967296", "5", "5"),
  jsonRow("2", "0", "-1", "7", "5", "5"),
  jsonRow("2", "0", "1.5", "7", "5", "5"),
  good.toLowerCase(),
  `{"__proto__":${good}}`,
  `{"constructor":{"prototype":${good}}}`,
];

/** Values that cannot be parsed, with balanced brackets. */
const broken = [
  ...["{HEAD:2}", "{'HEAD':2}", "nul", "01", "+5", ".5", "NaN", '{"HEAD":2,}', "{,}", "{}x"],
  `${good}${good}`,
  jsonRow("2", "0", "1", "0x7", "5", "5"),
  jsonRow("02", "0", "1", "7", "5", "5"),
  jsonRow("2", "0", "1", "7", "5", "5."),
  jsonRow("2", "0", "1", "7", "5", "Infinity"),
  '{"HEAD":"\\x"}',
];

const spellings = [
  at(1),
  ` {\t"TDC_MEAS" : 5.0 , "BX_COUNTER":5e0,"ORBIT_CNT":3387200950.0,"TDC_CHANNEL":20e-1,"FPGA":-0,"HEAD":2.0}`,
  at(3).replace("{", '{"extra":[1,{"HEAD":9}],"":null,"time":"}{][,\\"\\\\",'),
  at(4).replace("{", '{"HEAD":7,"HEAD":"x",'),
  at(5).replace("HEAD", "HE\\u0041D").replace("FPGA", "\\u0046PGA"),
  at(6).replace("{", '{"__proto__":{"HEAD":4},"é\u{1F41F}\u2028":"\\ud800",'),
  jsonRow("2", "0", "7", "3.38720095e+9", "5", "-0.573730"),
  jsonRow("4", "0", "7", "3387200950", "5", "-41.531250"),
];

export const jsonInputs: Record<string, string | Uint8Array> = {
  "empty-file.json": "",
  "empty-array.json": " [ \n ] \n",
  "json-spellings.jsonl": lines(...spellings, "", " \t\r", at(9)) + at(10),
  "json-crlf.ndjson": `\uFEFF${at(1)}\r\n\r\n${at(2)}\r\n`,
  "json-lines-garbage.jsonl": lines(
    good,
    ...notRows.filter((value) => !value.startsWith("[")),
    ...broken,
    '{"HEAD":2,"FPGA":',
    '"',
    "}",
    "2,0,1,7,5,5",
    "\0",
    at(2),
  ),
  "json-lines-arrays.jsonl": lines(at(1), `[${at(2)},${at(3)}]`, "[]", `[${at(4)},5,{}]`, `[${at(5)},`),
  "json-array.json": `\n[\n  ${spellings.join(",\n  ")}\n]\n`,
  "json-array-garbage.json": `[${[good, ...notRows, ...broken, at(2)].join(" ,\r\n")}]`,
  "json-array-cut.json": `[${at(1)},${at(2)},{"HEAD":2,"FPGA":0,"TDC_CHA`,
  "json-array-cut-in-string.json": `[${at(1)},{"HEAD":"2,${at(2)},${at(3)}]`,
  "json-text.csv": lines(good, `[${good}]`, "2,0,1,3387200950,5,5"),
};
