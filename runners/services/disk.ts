/** How much room is left on the disk of a folder. */
import { statfs } from "node:fs/promises";

/** Less than this, and nothing can be written any more. */
const fullBytes = 4 << 20;
/** Less than this, and the disk is full before long. */
const lowBytes = 200 << 20;

/** What is wrong with the disk of a folder, in words that follow "the disk of FOLDER"; null when nothing is. */
export async function diskTrouble(folder: string): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < fullBytes) return "has no space left";
  return free < lowBytes ? `has only ${Math.floor(free / (1 << 20))} MB left` : null;
}
