/** Compares pictures with stored ones; small differences in the rendering of text are ignored. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

/** `MUONITOR_UPDATE_PICTURES=1` accepts the current pictures. */
const update = process.env["MUONITOR_UPDATE_PICTURES"] === "1";

/** Minimum distance of different colours, 0..1. */
const threshold = 0.2;

/**
 * Fraction of pixels that differ from the stored picture: 1 if its size differs, 0 if it was just stored.
 * @param differences file for the picture of differences, written if there are any
 */
export function compareWith(before: string, now: Buffer, differences: string): number {
  if (update) {
    mkdirSync(dirname(before), { recursive: true });
    writeFileSync(before, now);
    return 0;
  }
  if (!existsSync(before))
    throw new Error(`${before} is missing: run with MUONITOR_UPDATE_PICTURES=1 and look at it`);
  const [a, b] = [PNG.sync.read(readFileSync(before)), PNG.sync.read(now)];
  if (a.width !== b.width || a.height !== b.height) return 1;
  const drawn = new PNG({ width: a.width, height: a.height });
  const different = pixelmatch(a.data, b.data, drawn.data, a.width, a.height, { threshold });
  if (different > 0) {
    mkdirSync(dirname(differences), { recursive: true });
    writeFileSync(differences, PNG.sync.write(drawn));
  }
  return different / (a.width * a.height);
}
