/** What must not outlive this process: done when it exits, also by `process.exit` or an error that nobody caught. */

const chores = new Set<() => void>();

process.on("exit", () => {
  for (const chore of chores) {
    try {
      chore();
    } catch {
      // The others have to be done all the same.
    }
  }
});

/** @returns how to call it off */
export function atExit(chore: () => void): () => void {
  chores.add(chore);
  return () => void chores.delete(chore);
}
