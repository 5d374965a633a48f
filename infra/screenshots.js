// `npm run screenshots`: takes the pictures of the shifter's guide anew, from a running system in practice mode.
import { refuseOldNode } from "./node-version.js";

refuseOldNode();
import("./bootstrap/screenshots.js").then(({ screenshotsCommand }) => screenshotsCommand());
