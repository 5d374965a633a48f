import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "../../../producer/s3/local-file.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();

it.each([join(scratch.write("file", ""), "state"), "/proc/none/state"])(
  "a folder that cannot be created gives a one-line error: %s",
  async (path) => {
    await expect(makeFolder(path)).rejects.toThrow(/^\S+state: cannot be written: /);
  },
);
