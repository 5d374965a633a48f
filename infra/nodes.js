// `npm run test:nodes`, `npm run test:nodes -- 22 24`: tests Muonitor on other versions of Node.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/nodes.js").then(({ nodesCommand }) => nodesCommand(process.argv.slice(2)));
