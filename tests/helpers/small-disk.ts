/** A small separate disk for a state folder, which can be filled. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export class SmallDisk {
  private filling: NodeJS.Timeout | undefined;

  private constructor(private readonly folder: string) {}

  /** @returns null if no disk can be mounted, which requires root */
  static mount(folder: string, megabytes: number): SmallDisk | null {
    const args = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
    return spawnSync("mount", args).status === 0 ? new SmallDisk(folder) : null;
  }

  /** Fills the disk, including space that is freed meanwhile. */
  fill(): void {
    fillFile(this.file);
    this.filling = setInterval(() => fillFile(this.file), 200);
  }

  free(): void {
    clearInterval(this.filling);
    rmSync(this.file, { force: true });
  }

  unmount(): void {
    this.free();
    spawnSync("umount", ["-l", this.folder]);
  }

  private get file(): string {
    return join(this.folder, "filler");
  }
}

function fillFile(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let bytes = 1 << 20; bytes >= 1;) {
      try {
        writeSync(file, Buffer.alloc(bytes));
      } catch {
        bytes = bytes >> 4;
      }
    }
  } finally {
    closeSync(file);
  }
}
