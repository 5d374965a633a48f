/** Cleanup when this process exits, including by `process.exit` or an uncaught error. */

const chores = new Set<() => void>();

process.on("exit", () => {
  for (const chore of chores) {
    try {
      chore();
    } catch {
      // The remaining cleanup steps must still run.
    }
  }
});

/** @returns function that cancels the cleanup step */
export function atExit(chore: () => void): () => void {
  chores.add(chore);
  return () => void chores.delete(chore);
}
