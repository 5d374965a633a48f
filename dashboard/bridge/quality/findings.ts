/** The findings that stand: since when, and how long what is no longer found still stands. */
import type { Finding, RuleId, Scope } from "../../../pipeline/model/index.js";
import { byGravity, findingKey } from "../../../pipeline/model/index.js";
import type { RuleSettings } from "./default-rules.js";
import { keyOf, type Said } from "./view.js";

interface Standing {
  finding: Finding;
  /** Judgements since it was last found. */
  missing: number;
}

/** More than this no one reads, and no viewer should be sent. */
const maxFindings = 64;

export class Findings {
  private standing = new Map<string, Standing>();

  constructor(
    private readonly rules: RuleSettings,
    private readonly holdWindows: number,
  ) {}

  has(rule: RuleId, scope: Scope): boolean {
    return this.standing.has(findingKey(rule, scope));
  }

  /** Takes what was said at one judgement in the place of what was said before. */
  update(said: readonly Said[], nowMs: number, windowId: number | null): void {
    const next = new Map<string, Standing>();
    for (const one of said.filter(({ rule }) => this.rules[rule].enabled)) {
      const key = keyOf(one);
      next.set(key, { finding: this.findingOf(one, key, nowMs, windowId), missing: 0 });
    }
    const whole = new Set(said.filter(({ scope }) => scope.kind === "whole").map(({ rule }) => rule));
    for (const [key, { finding, missing }] of this.standing) {
      // What is now said of the whole need not be said of a part.
      if (!next.has(key) && isFault(finding) && missing < this.holdWindows && !whole.has(finding.rule))
        next.set(key, { finding, missing: missing + 1 });
    }
    this.standing = next;
  }

  private findingOf(said: Said, key: string, nowMs: number, windowId: number | null): Finding {
    const before = this.standing.get(key)?.finding;
    const same = before?.state === said.state;
    return {
      key,
      ...said,
      numbers: rounded(said.numbers),
      since_ms: same ? before.since_ms : nowMs,
      window_id: same ? before.window_id : windowId,
      what_to_do: this.rules[said.rule].what_to_do,
    };
  }

  /** The gravest first, of equals in the order of the rules. */
  list(): Finding[] {
    return [...this.standing.values()]
      .map(({ finding }) => finding)
      .sort(byGravity)
      .slice(0, maxFindings);
  }
}

export function isFault({ state }: Finding): boolean {
  return state === "bad" || state === "warning";
}

/** Six digits are enough of what was measured; what was counted, and times, stay as they are. */
function rounded(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(6)),
    ]),
  );
}
