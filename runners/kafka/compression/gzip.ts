/** Gzip as Kafka's clients write it. The library's own decoder loses members behind padding. */
import { FormatError } from "../../../pipeline/model/index.js";
import { gunzip, GzipFault } from "../../../pipeline/steps/index.js";
import { Inflated } from "./inflated.js";

/** @throws FormatError when a part of the bytes cannot be read, or too many come out */
export async function inflateGzip(input: Buffer, output = new Inflated()): Promise<Buffer> {
  async function* open(from: number): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield input.subarray(from);
  }
  for await (const item of gunzip(open)) {
    if (item instanceof GzipFault) throw new FormatError(item.message);
    output.add(item, 0, item.length);
  }
  return output.view();
}
