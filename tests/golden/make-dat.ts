/** Inputs of the golden pairs in the read-out board's own format. */
import { lines, word } from "./make-rows.js";

export const datInputs: Record<string, string | Uint8Array> = {
  "empty-words.dat": "",
  "words.dat": Buffer.concat([
    word(2, 0, 1, 3387200950, 3563, 29),
    word(2, 1, 128, 3387200950, 3560, 31),
    word(2, 0, 127, 3387200950, 4095, 31),
    word(2, 1, 63, 4294967295, 0, 0),
    word(7, 7, 511, 4294967295, 4095, 31),
    word(0, 0, 0, 0, 0, 0),
    word(2, 2, 256, 2147483648, 2048, 16),
    word(2, 1, 127, 2147483648, 1, 1),
  ]),
  "words-cut.dat": Buffer.concat([word(2, 0, 1, 7, 5, 5), word(2, 0, 2, 7, 5, 5), Buffer.from([1, 2, 3])]),
  "words-too-short.dat": Buffer.alloc(7, 0xff),
  "text-named.dat": lines("HEAD,FPGA,TDC_CHANNEL", "2,0,1,3387200950,5,5"),
};
