// `npm run build`: everything that `npm start` would install and build, without starting it.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap.js").then(({ bootstrapped }) => bootstrapped({ page: true }, async () => 0));
