/** The exit code is 0 only if the work has finished with 0. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { startNode } from "../cli/real-process.js";

const settled = pathToFileURL(join(root, "infra/bootstrap/settled.js")).href;

async function run(work: string): Promise<{ code: number; stderr: string }> {
  const script = `import { settled } from "${settled}"; process.exitCode = await settled(async () => { ${work} });`;
  const child = startNode(["--input-type=module", "-e", script], root);
  return { code: await child.ended, stderr: child.stderr() };
}

it("work that can never finish fails, and is reported in one line", async () => {
  const timer = "setTimeout(() => undefined, 10);";
  expect(await run(`${timer} await new Promise(() => undefined); return 0;`)).toEqual({
    code: 1,
    stderr: "muonitor: ended without a result: a pending operation can never complete\n",
  });
});

it.each([0, 2])("work that ends with %i gives this exit code and no output", async (code) => {
  expect(await run(`return ${code};`)).toEqual({ code, stderr: "" });
});
