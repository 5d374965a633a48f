// `node slow-proxy.js DELAY_MS PORT=HOST:PORT...`: forwards connections, and delays all data by DELAY_MS in both
// directions. Runs in the network of a host of the tests; the kernel of the test machines has no `netem`.
import { connect, createServer } from "node:net";
import { argv, stdout } from "node:process";
import { setTimeout } from "node:timers";

/** Maximum number of bytes in transit in one direction. */
const underWay = 8 << 20;

const [delay = "0", ...links] = argv.slice(2);
const delayMs = Number(delay);

/**
 * @param {import("node:net").Socket} from
 * @param {import("node:net").Socket} to
 */
function forward(from, to) {
  let held = 0;
  from.on("data", (/** @type {Buffer} */ data) => {
    held += data.length;
    if (held > underWay) from.pause();
    setTimeout(() => {
      held -= data.length;
      if (held <= underWay) from.resume();
      if (to.writable) to.write(data);
    }, delayMs);
  });
  from.once("end", () => setTimeout(() => to.end(), delayMs));
  from.on("error", () => to.destroy());
  from.once("close", () => setTimeout(() => to.destroy(), delayMs));
}

/** @param {string} link PORT=HOST:PORT */
function listen(link) {
  const [port = "", host = "", target = ""] = link.split(/[=:]/);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host, port: Number(target), allowHalfOpen: true, noDelay: true });
    forward(near, far);
    forward(far, near);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), () => resolve(undefined));
  });
}

await Promise.all(links.map(listen));
stdout.write("ready\n");
