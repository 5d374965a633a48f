/** Converts an input in any layout to bytes of Muonitor's own rows; reports the counts of all other content. */
import { InputError } from "../../pipeline/model/index.js";
import { GzipFault } from "../../pipeline/steps/index.js";
import { layoutFault, type LayoutInputs } from "../layouts/index.js";
import type { InputBytes, StreamInput } from "./stream-source.js";

interface LayoutBytesOptions {
  /** Null if the inputs have Muonitor's own columns. */
  layout: LayoutInputs | null;
  warn: (line: string) => void;
}

/** The same input, converted to Muonitor's own rows. */
export function inLayoutBytes(input: StreamInput, options: LayoutBytesOptions): StreamInput {
  return {
    ...input,
    open: async () => {
      const bytes = await input.open();
      const chunks = rowsOf(bytes, input, options);
      return { [Symbol.asyncIterator]: () => chunks, destroy: () => bytes.destroy() };
    },
  };
}

async function* rowsOf(
  bytes: InputBytes,
  { name, isFollowed = false }: StreamInput,
  { layout, warn }: LayoutBytesOptions,
): AsyncGenerator<Uint8Array | GzipFault> {
  const own = layout?.begin(name) ?? null;
  const known = new Set<string>();
  let isFirst = true;
  for await (const chunk of bytes) {
    if (chunk instanceof GzipFault) {
      if (!chunk.endsRow && own !== null) yield own.abandon();
      yield chunk;
      continue;
    }
    if (isFirst) refuseOther(name, chunk, layout);
    isFirst = false;
    const rows = own === null ? chunk : own.push(chunk);
    // An endless input has no final report.
    for (const what of isFollowed ? (own?.otherContent.counts.keys() ?? []) : []) {
      if (!known.has(what)) warn(`${name}: there are ${what}`);
      known.add(what);
    }
    yield rows;
  }
  if (own === null) return;
  yield own.finish();
  if (own.refusal !== null) throw new InputError(name, own.refusal);
  if (own.otherContent.text !== null) warn(`${name}: ${own.otherContent.text}`);
}

function refuseOther(name: string, head: Uint8Array, layout: LayoutInputs | null): void {
  const fault = layoutFault(head.subarray(0, lookedBytes), layout?.layout.family ?? null, "csv");
  if (fault !== null) throw new InputError(name, fault);
}

const lookedBytes = 1 << 16;
