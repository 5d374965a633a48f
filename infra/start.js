// `npm start`: the verb `up`.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap.js").then(({ runMuonitor }) => runMuonitor(["up", ...process.argv.slice(2)]));
