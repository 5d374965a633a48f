// `npm run build`: installs and builds the same as `npm start`, without starting it.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap.js").then(({ bootstrapped }) => bootstrapped({ page: true }, async () => 0));
