// `npm run screenshots` retakes the pictures of the shifter's guide, `npm run screenshots -- wall phone` some of
// them.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/screenshots.js").then(({ screenshotsCommand }) =>
  screenshotsCommand(process.argv.slice(2)),
);
