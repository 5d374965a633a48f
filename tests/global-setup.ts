/** Before all tests: the files in build/ are up to date, because tests import them (see `vitest.config.ts`). */
export { buildNodePart as setup } from "./helpers/build.js";
