/** A stop signal during the bootstrap is not lost. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";

it.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s during synchronous work interrupts it", (name) => {
  const url = pathToFileURL(join(root, "infra/bootstrap/interruption.js")).href;
  const script = `
    import { interruptible } from ${JSON.stringify(url)};
    const sent = () => { process.kill(process.pid, ${JSON.stringify(name)}); return Promise.resolve(); };
    interruptible(sent).then(() => console.log("lost"), (error) => console.log(error.constructor.name));
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(stdout).toBe("Interrupted\n");
});
