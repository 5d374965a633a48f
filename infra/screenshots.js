// `npm run screenshots` retakes all pictures of the shifter's guide, `npm run screenshots -- wall phone` only these two.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/screenshots.js").then(({ screenshotsCommand }) =>
  screenshotsCommand(process.argv.slice(2)),
);
