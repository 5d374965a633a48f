import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const long = process.env["MUONITOR_LONG"] === "1";

/** `MUONITOR_LONG=1` runs the long tests, and only them. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: [long ? "tests/**/*.long.test.ts" : "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...(long ? [] : ["tests/**/*.long.test.ts"])],
    pool: "forks",
    // Long tests start whole clusters: one at a time.
    maxWorkers: long ? 1 : 2,
    testTimeout: long ? 600_000 : 30_000,
    hookTimeout: long ? 300_000 : 60_000,
    reporters: ["default"],
  },
});
