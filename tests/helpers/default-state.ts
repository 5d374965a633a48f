/** The state folder of tests that name none: it cannot be made, so that such a test fails and no running system is touched. */
import { fileURLToPath } from "node:url";

export const defaultStateInTests = fileURLToPath(new URL("default-state.ts/of-tests", import.meta.url));
