/** The version of Muonitor, as in package.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "./paths.js";

const manifest = JSON.parse(readFileSync(join(repositoryFolder, "package.json"), "utf8")) as {
  version: string;
};

export const version = manifest.version;
