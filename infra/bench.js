// `npm run bench` runs tests/bench/main.ts, `npm run bench -- NAME` runs tests/bench/NAME.ts.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/benches.js").then(({ benchCommand }) => benchCommand(process.argv.slice(2)));
