/** Writes the messages that the workers of a bounded run have stored: each window once, or one clear error. */
import type { Piece, WindowJson } from "../../../pipeline/beam/index.js";
import { InputError, MuonitorError, readFates, type Ledger } from "../../../pipeline/model/index.js";
import type { BoundedRunSummary, Progress } from "../direct/bounded-run.js";
import { Messages } from "./messages.js";
import type { Outcomes } from "./outcomes.js";

export interface CollectOptions {
  /** Absolute path of the folder that driver and workers share. */
  shared: string;
  /** Whether the pieces come from a topic. */
  isTopic: boolean;
  /** Receives the messages in window order. */
  output: (message: WindowJson) => Promise<void>;
  complain: (error: InputError) => void;
  progress: (progress: Progress) => void;
  signal: AbortSignal;
}

/** Call it when the job is done. @throws MuonitorError when an input has changed between attempts */
export async function collectRun(
  options: CollectOptions,
  pieces: readonly Piece[],
  outcomes: Outcomes,
): Promise<BoundedRunSummary> {
  const messages = new Messages(options.shared);
  try {
    outcomes.poll();
    checkOutcomes(pieces, outcomes, messages);
    const summary: BoundedRunSummary = { ledger: outcomes.ledger(), windows: 0, unreadable: [] };
    if (options.isTopic) summary.sources = outcomes.sources();
    reportFailures(pieces, outcomes, options.complain, summary);
    for (const message of messages.inOrder()) {
      options.signal.throwIfAborted();
      await options.output(message);
      summary.windows += 1;
    }
    options.progress({ bytesRead: outcomes.bytes, rows: outcomes.rows, windows: summary.windows });
    return summary;
  } finally {
    messages.close();
  }
}

/** Checks that every piece was read, always with the same outcome, and that the windows contain all rows. */
function checkOutcomes(pieces: readonly Piece[], outcomes: Outcomes, messages: Messages): void {
  const [other] = outcomes.contradictions;
  if (other !== undefined) throw changed(pieces[other.piece], outcomes, other.failure);
  if (outcomes.byPiece.size !== pieces.length)
    throw new MuonitorError(
      `${pieces.length - outcomes.byPiece.size} pieces were never read: please report this`,
    );
  if (messages.contradictions.length > 0) throw changed(undefined, outcomes, null);
  const [read, kept] = [outcomes.ledger(), messages.ledger()];
  const same = (key: keyof Ledger): boolean => read[key] === kept[key];
  if (!readFates.every(same))
    throw new MuonitorError(
      `the windows contain ${JSON.stringify(kept)}, but ${JSON.stringify(read)} were read: please report this`,
    );
}

function changed(piece: Piece | undefined, outcomes: Outcomes, failure: string | null): MuonitorError {
  const first = piece === undefined ? null : (outcomes.byPiece.get(piece.id)?.failure ?? null);
  const cause = failure ?? first;
  if (cause !== null) return new MuonitorError(`${cause}: no output written`);
  return new InputError(piece?.input ?? "the input", "was changed while it was read: no output written");
}

/** Reports each unreadable input once. */
function reportFailures(
  pieces: readonly Piece[],
  outcomes: Outcomes,
  complain: (error: InputError) => void,
  { unreadable }: BoundedRunSummary,
): void {
  for (const { id, input } of pieces) {
    const failure = outcomes.byPiece.get(id)?.failure ?? null;
    if (failure === null || unreadable.includes(input)) continue;
    unreadable.push(input);
    complain(new InputError(input, failure.slice(input.length + 2)));
  }
}
