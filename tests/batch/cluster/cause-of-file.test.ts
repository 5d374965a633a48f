/** Files that workers read in pieces are checked before the work starts. */
import { expect, it } from "vitest";
import { causeOfFile } from "../../../runners/batch/cluster/plan.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();

it.each([
  ["zeros at its end", "2,0,1,7,5,5\n".repeat(20_000) + "\0".repeat(100_000), /ends in zero bytes/],
  ["CR line endings", "2,0,1,7,5,5\r".repeat(20_000), /CR alone/],
  ["rows", "2,0,1,7,5,5\n".repeat(20_000), null],
])("a file with %s", async (_, content, cause) => {
  const path = scratch.write("rows.csv", content);
  const found = await causeOfFile({ path, format: "csv", size: content.length });
  if (cause === null) expect(found).toBeNull();
  else expect(found).toMatch(cause);
});
