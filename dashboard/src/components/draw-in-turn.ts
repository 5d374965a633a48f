/** Spreads the drawing of plots over frames, so that no update blocks the page for longer than a frame. */

/** Time for plots in a frame, ms; the browser needs about as long again to hand them over to the screen. */
const shareMs = 2;

const waiting = new Set<() => void>();

/** Runs each function once in one of the next frames, in the order of the calls. */
export function drawInTurn(draw: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(drawNext);
  waiting.add(draw);
}

function drawNext(): void {
  const endMs = performance.now() + shareMs;
  try {
    for (const draw of waiting) {
      waiting.delete(draw);
      draw();
      if (performance.now() >= endMs) break;
    }
  } finally {
    // Also after an error: one plot does not stop the others.
    if (waiting.size > 0) requestAnimationFrame(drawNext);
  }
}
