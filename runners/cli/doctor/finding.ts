/** What the doctor looks at, and what it finds. */

/** What something is needed for. */
export type Purpose = "everything" | "cluster" | "tests";

/** A look at one thing. */
export interface Look {
  is: "there" | "absent" | "doubtful";
  /** What is there, in words. */
  found: string;
  /** How to get it, or what to do; null when there is nothing to say. */
  help: string | null;
}

export interface Check {
  what: string;
  purpose: Purpose;
  /** What it throws says what is absent. */
  look: () => Promise<Look>;
}

export interface Finding {
  what: string;
  /** `absent` is not needed for what was asked, `missing` is. */
  status: Look["is"] | "missing";
  found: string;
  needed_for: string;
  help: string | null;
}

export const there = (found: string): Look => ({ is: "there", found, help: null });
export const absent = (found: string, help: string): Look => ({ is: "absent", found, help });
export const doubtful = (found: string, help: string): Look => ({ is: "doubtful", found, help });
