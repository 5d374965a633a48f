/** The checks of `doctor` and their results. */

/** What something is needed for. */
export type Purpose = "everything" | "cluster" | "tests";

/** A look at one thing. */
export interface Look {
  is: "there" | "absent" | "doubtful";
  /** The state found, in words. */
  found: string;
  /** How to install it, or what to do; null if there is nothing to do. */
  help: string | null;
}

export interface Check {
  what: string;
  purpose: Purpose;
  /** Its error names the missing item. */
  look: () => Promise<Look>;
}

export interface Finding {
  what: string;
  /** `absent` is not required, `missing` is. */
  status: Look["is"] | "missing";
  found: string;
  needed_for: string;
  help: string | null;
}

export const there = (found: string): Look => ({ is: "there", found, help: null });
export const absent = (found: string, help: string): Look => ({ is: "absent", found, help });
export const doubtful = (found: string, help: string): Look => ({ is: "doubtful", found, help });
