/**
 * The state folder of tests that choose none: it cannot be created, so such a test fails and cannot affect a
 * running system.
 */
import { fileURLToPath } from "node:url";

export const defaultStateInTests = fileURLToPath(new URL("default-state.ts/of-tests", import.meta.url));
