/** A temporary folder for the tests of one file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

export interface Scratch {
  readonly path: string;
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Creates an empty folder. */
  folder(name: string): string;
}

/** Call it at the top level of a test file; the folder is removed after the file's tests. */
export function scratchFolder(): Scratch {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "muonitor-test-")));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    folder: (name) => {
      rmSync(join(path, name), { recursive: true, force: true });
      mkdirSync(join(path, name), { recursive: true });
      return join(path, name);
    },
  };
}
