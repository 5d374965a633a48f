/** The checks of `doctor` and their results. */

/** The purpose for which an item is needed. */
export type Purpose = "everything" | "cluster" | "tests";

/** The result of looking at one item. */
export interface Look {
  is: "ok" | "absent" | "doubtful";
  /** The state found, as text. */
  found: string;
  /** How to install it, or what to do; null if there is nothing to do. */
  help: string | null;
}

export interface Check {
  what: string;
  purpose: Purpose;
  /** Rejects with an error that names the missing item. */
  look: () => Promise<Look>;
}

export interface Finding {
  what: string;
  /** `missing`: absent, although required. */
  status: Look["is"] | "missing";
  found: string;
  needed_for: string;
  help: string | null;
}

export const ok = (found: string): Look => ({ is: "ok", found, help: null });
export const absent = (found: string, help: string): Look => ({ is: "absent", found, help });
export const doubtful = (found: string, help: string): Look => ({ is: "doubtful", found, help });
