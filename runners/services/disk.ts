/** Free space on the disk of a folder. */
import { statfs } from "node:fs/promises";

/** Below this, writing fails. */
const fullBytes = 4 << 20;
/** Below this, the disk will soon be full. */
const lowBytes = 200 << 20;

/** The disk problem of a folder, worded to follow "the disk of FOLDER"; null if there is none. */
export async function diskTrouble(folder: string): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < fullBytes) return "has no space left";
  return free < lowBytes ? `has only ${Math.floor(free / (1 << 20))} MB left` : null;
}
