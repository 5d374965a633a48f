/** The adapter of a layout, for one input after the other. */
import { Bologna } from "./bologna.js";
import { Remarks, type Layout, type LayoutReader } from "./layout.js";
import { PadovaText } from "./padova-text.js";
import { PadovaWords, type WordInputs } from "./padova-words.js";
import { RowText } from "./row-text.js";
import { Snd } from "./snd.js";

/** Adapters for the inputs of one command, in their order. */
export class LayoutInputs {
  /** Of all inputs that have ended. */
  readonly remarks = new Remarks();
  private readonly words: WordInputs = { run: undefined };

  constructor(readonly layout: Layout) {}

  /** @param name of the input, as its path ends */
  begin(name: string): LayoutInput {
    const remarks = new Remarks();
    return new LayoutInput(this.layout, this.readerOf(name, remarks), remarks, (ended) =>
      this.remarks.merge(ended),
    );
  }

  private readerOf(name: string, remarks: Remarks): LayoutReader {
    switch (this.layout.family) {
      case "padova-2019-text":
        return new PadovaText(remarks);
      case "padova-dat":
      case "padova-dma":
        return new PadovaWords(this.layout, remarks, this.words);
      case "bologna-2022":
        return new Bologna(remarks, runOfName(name));
      case "snd-2025":
        return new Snd(remarks);
    }
  }
}

/** One input: pieces of it in, pieces of text out. */
export class LayoutInput {
  private readonly text = new RowText();

  constructor(
    readonly layout: Layout,
    private readonly reader: LayoutReader,
    readonly remarks: Remarks,
    private readonly ended: (remarks: Remarks) => void,
  ) {}

  get rows(): number {
    return this.text.rows;
  }

  get malformed(): number {
    return this.text.malformed;
  }

  /** The rows that are whole by now. */
  push(bytes: Uint8Array): Uint8Array {
    this.reader.push(bytes, this.text);
    return this.text.take();
  }

  /** The rows that were still to come. To be called once. */
  finish(): Uint8Array {
    this.reader.finish(this.text);
    this.ended(this.remarks);
    return this.text.take();
  }

  /** A part of the input is missing here. */
  abandon(): Uint8Array {
    this.reader.abandon();
    return this.text.take();
  }

  /** Why the input held no row; null if it held one, or was empty. */
  get refusal(): string | null {
    if (this.rows > 0 || this.malformed === 0) return null;
    return `none of its ${this.malformed} rows is one of --layout ${this.layout.name}`;
  }
}

/** Bologna's files bear the number of their run. */
function runOfName(name: string): number | null {
  const found = /(?:^|[/\\_-])run_?0*(\d{1,9})\.txt(\.gz)?$/i.exec(name);
  return found === null ? null : Number(found[1]);
}
