// Output of the bootstrap. Everything goes to stderr: stdout is for data.

/** @param {string} line */
export function print(line) {
  process.stderr.write(`muonitor: ${line}\n`);
}

/**
 * Prints the title when the work starts and appends its duration to the same line.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
export async function announced(title, work) {
  const startMs = performance.now();
  const seconds = () => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  process.stderr.write(`muonitor: ${title} ... `);
  try {
    const result = await work();
    process.stderr.write(`${seconds()}\n`);
    return result;
  } catch (error) {
    process.stderr.write(`aborted after ${seconds()}\n`);
    throw error;
  }
}
