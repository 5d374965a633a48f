/** Hostile CSV: files and Kafka values that do not begin like JSON. */
import type { HostileCase } from "./corpus.js";
import { fieldCase, goodCsv, makeCase, onText } from "./make-case.js";

const oneBad = { malformed: 1, hits: 1 };
const header = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS";

const numberCases: HostileCase[] = [
  fieldCase("NaN", "NaN", oneBad),
  fieldCase("Infinity", "-Infinity", oneBad),
  fieldCase("overflow to infinity", "1e309", oneBad),
  fieldCase("largest double", "1.7976931348623157e308", { hits: 2 }),
  fieldCase("rounds up to infinity", "1.7976931348623159e308", oneBad),
  fieldCase("underflow to zero", "1e-999999999999", { hits: 2 }),
  fieldCase("exponent of many digits", `1e${"9".repeat(400)}`, oneBad),
  fieldCase("zero with a huge exponent", `0e${"9".repeat(400)}`, { hits: 2 }),
  fieldCase("400 leading zeros", `${"0".repeat(400)}5`, { hits: 2 }),
  fieldCase("309 digits", "9".repeat(309), oneBad),
  fieldCase("400 decimals", `5.${"0".repeat(400)}1`, { hits: 2 }),
  fieldCase("hexadecimal", "0x5", oneBad),
  fieldCase("octal and binary prefixes", "0o5\n2,0,1,7,5,0b1", { malformed: 2, hits: 1 }),
  fieldCase("numeric separator", "1_0", oneBad),
  fieldCase("bigint suffix", "5n", oneBad),
  fieldCase("decimal comma", "5,5", oneBad),
  fieldCase("quotes", '"5"', oneBad),
  fieldCase("empty field", "", oneBad),
  fieldCase("sign alone", "-", oneBad),
  fieldCase("point alone", ".", oneBad),
  fieldCase("minus zero", "-0.0e-0", { hits: 2 }),
  fieldCase("space within", "5 5", oneBad),
  fieldCase("spaces and tabs around", " \t5\t ", { hits: 2 }),
  fieldCase("full-width digit", "\uFF15", oneBad),
  fieldCase("arabic digit", "\u0665", oneBad),
  fieldCase("unicode minus", "\u22125", oneBad),
  fieldCase("no-break space", "\u00A05", oneBad),
  fieldCase("line separator", "5\u2028", oneBad),
  fieldCase("form feed", "\f5", oneBad),
  fieldCase("escape sequence", "\x1b[31m5", oneBad),
  fieldCase("delete character", "5\x7f", oneBad),
  fieldCase("NUL", "5\0", oneBad),
  fieldCase("invalid UTF-8", Buffer.from([0xff, 0xfe, 0x35]), oneBad),
  fieldCase("cut UTF-8 sequence", Buffer.from([0x35, 0xe2, 0x82]), oneBad),
  fieldCase("lone surrogate in UTF-8", Buffer.from([0x35, 0xed, 0xa0, 0x80]), oneBad),
  fieldCase("overlong digit", Buffer.from([0xc0, 0xb5]), oneBad),
  fieldCase("UTF-16", Buffer.from("5", "utf16le"), oneBad),
];

const rowCases: HostileCase[] = [
  makeCase("empty", "", { csv: {}, json: {}, dat: {}, message: {}, words: {} }),
  makeCase("one LF", "\n", { csv: {}, json: {}, message: {} }),
  makeCase("blank lines", " \n\t\n\r\n \t\r\n ", { csv: {}, json: {}, message: {} }),
  makeCase("lines of other spaces", "\f\n\v\n\u00A0\n\u2028\n", onText({ malformed: 4 })),
  makeCase("no LF at the end", goodCsv, onText({ hits: 1 })),
  makeCase("header alone", header, onText({})),
  makeCase(
    "headers between rows",
    `${header}\n${goodCsv}\r\n HEAD\t,x\r\nHEAD\n${goodCsv}`,
    onText({ hits: 2 }),
  ),
  makeCase("almost headers", 'HEADER\nHEAD2,0\nhead\n"HEAD"\nHE AD\nH\n', onText({ malformed: 6 })),
  makeCase("five and seven fields", "2,0,1,7,5\n2,0,1,7,5,5,5\n2,0,1,7,5,5,\n", onText({ malformed: 3 })),
  makeCase("only commas", ",,,,,\n,\n", onText({ malformed: 2 })),
  makeCase("other separators", "2;0;1;7;5;5\n2\t0\t1\t7\t5\t5\n", onText({ malformed: 2 })),
  makeCase("lone CR within a line", `${goodCsv}\r${goodCsv}\n`, onText({ malformed: 1 })),
  makeCase(
    "JSON after the first line",
    `${goodCsv}\n{"HEAD":2}\n{\n[1]\n`,
    onText({ malformed: 3, hits: 1 }),
  ),
  makeCase("NULs between rows", `\0\0\0\n${goodCsv}\n\0\n`, onText({ malformed: 2, hits: 1 })),
  makeCase("negative and 33-bit counters", "-1,0,1,7,5,5\n2,0,1,4294967296,5,5\n", onText({ malformed: 2 })),
  makeCase("fractions of counters", "2.5,0,1,7,5,5\n2,0,1,7,5e-1,5\n", onText({ malformed: 2 })),
  makeCase("largest counters", "2,0,1,4294967295,4294967295,5\n", onText({ hits: 1 })),
  makeCase("integers by rounding", "2.00000000000000000001,0,1,7,5,5\n", onText({ hits: 1 })),
  makeCase("byte-order mark of a file", `\uFEFF${goodCsv}\n`, { csv: { hits: 1 } }),
  makeCase("byte-order mark in the middle", `${goodCsv}\n\uFEFF${goodCsv}\n`, onText(oneBad)),
  makeCase("prototype names", "__proto__,constructor,toString,1,2,3\n", onText({ malformed: 1 })),
];

export const csvCases: HostileCase[] = [...rowCases, ...numberCases];
