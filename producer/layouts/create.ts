/** Creates the adapters of a layout, one per input. */
import { Bologna } from "./bologna.js";
import { OtherContent, type Layout, type LayoutReader } from "./layout.js";
import { PadovaText } from "./padova-text.js";
import { PadovaWords, type WordInputs } from "./padova-words.js";
import { RowText } from "./row-text.js";
import { Snd } from "./snd.js";

/** Adapters for the inputs of one command, in their order. */
export class LayoutInputs {
  /** Counts of all inputs that have ended. */
  readonly otherContent = new OtherContent();
  private readonly words: WordInputs = { run: undefined };

  constructor(readonly layout: Layout) {}

  /** @param name file name of the input */
  begin(name: string): LayoutInput {
    const otherContent = new OtherContent();
    return new LayoutInput(this.layout, this.readerOf(name, otherContent), otherContent, (ended) =>
      this.otherContent.merge(ended),
    );
  }

  private readerOf(name: string, otherContent: OtherContent): LayoutReader {
    switch (this.layout.family) {
      case "padova-2019-text":
        return new PadovaText(otherContent);
      case "padova-dat":
      case "padova-dma":
        return new PadovaWords(this.layout, otherContent, this.words);
      case "bologna-2022":
        return new Bologna(otherContent, runOfName(name));
      case "snd-2025":
        return new Snd(otherContent);
    }
  }
}

/** The adapter of one input: pieces of the input in, pieces of text out. */
export class LayoutInput {
  private readonly text = new RowText();

  constructor(
    readonly layout: Layout,
    private readonly reader: LayoutReader,
    readonly otherContent: OtherContent,
    private readonly ended: (otherContent: OtherContent) => void,
  ) {}

  get rows(): number {
    return this.text.rows;
  }

  get malformed(): number {
    return this.text.malformed;
  }

  /** The rows that are complete so far. */
  push(bytes: Uint8Array): Uint8Array {
    this.reader.push(bytes, this.text);
    return this.text.take();
  }

  /** The remaining rows; must be called exactly once, at the end. */
  finish(): Uint8Array {
    this.reader.finish(this.text);
    this.ended(this.otherContent);
    return this.text.take();
  }

  /** Marks a gap in the input. */
  abandon(): Uint8Array {
    this.reader.abandon();
    return this.text.take();
  }

  /** Why the input contained no row; null if it contained rows or was empty. */
  get refusal(): string | null {
    if (this.rows > 0 || this.malformed === 0) return null;
    return `none of its ${this.malformed} rows matches --layout ${this.layout.name}`;
  }
}

/** The names of Bologna's files contain the run number. */
function runOfName(name: string): number | null {
  const found = /(?:^|[/\\_-])run_?0*(\d{1,9})\.txt(\.gz)?$/i.exec(name);
  return found === null ? null : Number(found[1]);
}
