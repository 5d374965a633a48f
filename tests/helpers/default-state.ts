/**
 * The state folder of tests that name none: it cannot be created, so that such a test fails and cannot touch a
 * running system.
 */
import { fileURLToPath } from "node:url";

export const defaultStateInTests = fileURLToPath(new URL("default-state.ts/of-tests", import.meta.url));
