/** Vite plugins of the page's build: first paint without requests, compressed files, and a size limit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

/** Limits on the initial download of the page, kB gzipped; raise them only deliberately. */
const budgetKb = { js: 330, css: 22 } as const;

/** Moves style sheets and scripts after the shell, so that the browser paints the shell before requesting them. */
export function shellFirst(): Plugin {
  return {
    name: "muonitor-shell-first",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const late: string[] = [];
        const rest = html.replace(
          /[ \t]*<(?:link rel="(?:stylesheet|modulepreload)"[^>]*>|script type="module"[^>]*><\/script>)\n?/g,
          (tag) => {
            late.push(tag.trim());
            return "";
          },
        );
        const styles = late.filter((tag) => tag.includes("stylesheet"));
        const others = late.filter((tag) => !tag.includes("stylesheet"));
        const all = [...styles, ...others].map((tag) => `  ${tag}\n`).join("");
        return rest.replace("</body>", `${all}  </body>`);
      },
    },
  };
}

/** Writes a gzipped copy of each file, for the bridge to send, and prints the size of the first load. */
export function packedWithBudget(): Plugin {
  return {
    name: "muonitor-packed",
    apply: "build",
    // The code of chunks is complete only when written.
    writeBundle({ dir = "." }, bundle) {
      const kb: Record<keyof typeof budgetKb, number> = { js: 0, css: 0 };
      const first = firstLoaded(bundle);
      for (const name of Object.keys(bundle)) {
        const kind = /\.(js|css|svg)$/.exec(name)?.[1];
        if (kind === undefined) continue;
        const packed = gzipSync(readFileSync(join(dir, name)), { level: 9 });
        writeFileSync(join(dir, `${name}.gz`), packed);
        if (kind === "css" || (kind === "js" && first.has(name))) kb[kind] += packed.length / 1000;
      }
      for (const kind of ["js", "css"] as const) {
        const words = `first load, ${kind}: ${kb[kind].toFixed(0)} kB gzipped of ${budgetKb[kind]} kB`;
        if (kb[kind] > budgetKb[kind])
          this.error(`${words}: make it smaller, or raise the budget in dashboard/vite-plugins.ts`);
        console.log(words);
      }
    },
  };
}

/** Names of the chunks that the entry needs before it runs. */
function firstLoaded(bundle: Rollup.OutputBundle): Set<string> {
  const first = new Set<string>();
  const add = (name: string): void => {
    const file = bundle[name];
    if (file?.type !== "chunk" || first.has(name)) return;
    first.add(name);
    file.imports.forEach(add);
  };
  for (const [name, file] of Object.entries(bundle)) if (file.type === "chunk" && file.isEntry) add(name);
  return first;
}
