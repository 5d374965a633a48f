/** Builds the page: `vite build dashboard` from the root writes build/page. */
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import vuetify from "vite-plugin-vuetify";
import { packedWithBudget, shellFirst } from "./vite-plugins.js";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // The page may be served under any path.
  base: "./",
  plugins: [vue(), vuetify(), shellFirst(), packedWithBudget()],
  // The bridge replaces it by a new nonce in each response (dashboard/bridge/page.ts).
  html: { cspNonce: "__MUONITOR_NONCE__" },
  build: {
    outDir: fileURLToPath(new URL("../build/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1500,
  },
});
