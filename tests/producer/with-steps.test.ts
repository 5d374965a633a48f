/** The producer and the pipeline's first step agree on the definition of a row. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, RowWriter } from "../../pipeline/steps/index.js";
import { createStreamSource } from "../../producer/replay/index.js";
import { Simulator } from "../../producer/simulator/index.js";

/** Numbers of well-formed and malformed rows in a message. */
function decode(message: Uint8Array): { wellFormed: number; malformed: number } {
  let wellFormed = 0;
  const writer = new RowWriter(({ length }) => (wellFormed += length));
  decodeMessage(message, 0, message.length, writer);
  writer.flush();
  return { wellFormed, malformed: writer.malformed.reduce((sum, count) => sum + count, 0) };
}

test("a replayed block has as many rows as it reports, whatever the file contains and however it is cut", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "2,0,1,5,5,5",
      "HEAD",
      "\tHEAD ,FPGA\r",
      "HEAD\r\r",
      "\rHEAD",
      "",
      " ",
      "\r",
      "{",
      " [1,2]",
      "\r{",
    ),
    fc
      .array(fc.constantFrom(..."HEAD,01 \t\r{[\0".split("")), { maxLength: 12 })
      .map((letters) => letters.join("")),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 20 }),
      fc.integer({ min: 1, max: 8 }),
      async (lines, maxRows) => {
        const content = Buffer.from(lines.join("\n"));
        const source = createStreamSource({
          inputs: [{ name: "test", open: () => Readable.from([content]) }],
        });
        let rows = 0;
        for (let block = await source.next(maxRows); block !== null; block = await source.next(maxRows)) {
          const { wellFormed, malformed } = decode(block.bytes);
          expect(wellFormed + malformed).toBe(block.rows);
          rows += block.rows;
        }
        const whole = decode(Buffer.concat([Buffer.from("HEAD\n"), content]));
        expect(rows).toBe(whole.wellFormed + whole.malformed);
      },
    ),
    { numRuns: 500 },
  );
});

test("the simulator's garbage is malformed and its other rows are well-formed, in messages of any size", () => {
  const simulator = new Simulator({ seed: 31 });
  simulator.setFaults({ garbage: 0.3 });
  const total = { wellFormed: 0, malformed: 0 };
  for (let rows = 1; rows < 300; rows += 1) {
    const { wellFormed, malformed } = decode(simulator.next(rows).bytes);
    total.wellFormed += wellFormed;
    total.malformed += malformed;
  }
  const { ledger } = simulator.truth();
  expect(total).toEqual({ wellFormed: ledger.rows - ledger.malformed, malformed: ledger.malformed });
});
