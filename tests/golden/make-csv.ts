/** Inputs of the CSV golden pairs. */
import { lines, scatter } from "./make-rows.js";

const header = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS";

const notNumbers = [
  ...["NaN", "Infinity", "-inf", "1e400", "-1e400", "0x2", "1_0", "1 0", ".", "e5", "+", "--1", "1e", "1e+"],
  ...["1.2.3", "1e1.5", "", " ", '"5"', "'5'", "1d3", "\uFF15", "\u0665", "\u22125", "5f", "1,5"],
];

export const csvInputs: Record<string, string | Uint8Array> = {
  "empty.csv": "",
  "only-header.csv": header,
  "only-blank.csv": "\n \t\r\n\r\n\t",
  "only-malformed.csv": lines("2,0,5", "a,b,c,d,e,f", "2;0;5;3387200947;5;5"),
  "headers-anywhere.csv": lines(
    header,
    "2,0,1,3387200950,5,5",
    ` HEAD\t,FPGA`,
    "HEAD",
    "2,0,2,3387200950,5,5",
    "HEAD,0,5,3387200947,5,5",
    "HEADER",
    "HEAD2,0,5,3387200947,5,5",
    "head,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS",
    '"HEAD",FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS',
    header,
  ),
  "line-ends.csv": "2,0,1,7,5,5\r\n2,0,2,7,5,5\n\r\n  \n\t\r\n2,0,3,7,5,5\r\n\n2,0,4,7,5,5",
  "byte-order-mark.csv": "\uFEFF2,0,1,7,5,5\n\uFEFF2,0,2,7,5,5\n2,0,3,7,5,5\n",
  "byte-order-mark-header.csv": `\uFEFF${header}\r\n2,0,1,7,5,5\r\n`,
  "spellings.csv": lines(
    "2,0,1,3387200950,5,5",
    " 2 ,\t0\t, +1,3387200950. ,5.0,+5.0e0",
    "002,-0,1.,3.38720095e9,.5e1,-.5",
    "2E0,0e99,10e-1,33872009500e-01,5,1e1",
    "2,0,1,3387200950.00000000000000001,5,10.",
    "2,0,1,-0,5,-0",
    "2,0,1,-1e-400,5,1e-400",
    "1.9999999999999999999,0,1,4294967295.0000000001,5,5",
  ),
  "not-numbers.csv": lines(...notNumbers.map((text) => `2,0,1,7,5,${text}`)),
  "out-of-range.csv": lines(
    ...scatter("4294967295"),
    ...scatter("4294967296"),
    ...scatter("-1"),
    ...scatter("5.5"),
    ...scatter("1e-300"),
    ...scatter("99999999999999999999"),
    "2,0,1,7,5,-4294967296.5",
  ),
  "field-counts.csv": lines(
    "2,0,1,7,5",
    "2,0,1,7,5,5,5",
    "2,0,1,7,5,5,",
    ",2,0,1,7,5,5",
    ",,,,,",
    ",",
    "2",
    "2;0;1;7;5;5",
    "2\t0\t1\t7\t5\t5",
    "2 0 1 7 5 5",
    '"2,0,1,7,5,5"',
    "2,0,1,7,5,5",
  ),
  "foreign-bytes.csv": Buffer.concat([
    Buffer.from(lines("\0\0\0", "2,0,1,7,5,5\0", "\0", '{"HEAD":2,"FPGA":0}', "{", "{,,,,,", "[1,2]")),
    Buffer.from([0xff, 0xfe, 0x0a]),
    Buffer.from("2,0,1,7,5,\xff\n2,0,1,7,5\xa0,5\n\x85\n", "latin1"),
    Buffer.from("2,0,1,7,5,5\v\n2,0,1,7,5,\f5\n\u00A02,0,1,7,5,5\n2,0,1,7,5,5\u2028\n2,0,1,7,5,\u{1F41F}\n"),
    Buffer.from("2,0,1,7,\x1b5,5\n2,0,1,\r7,5,5\n2,0,1,7,5,5\n"),
    Buffer.from("\f\n\v\n\u00A0\n\uFEFF\n\u2028\n"),
    Buffer.from("\xa0\n", "latin1"),
  ]),
};
