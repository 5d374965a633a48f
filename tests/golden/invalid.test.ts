import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validateMessage } from "../reference/validate-message.js";

const folder = join(import.meta.dirname, "invalid");
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

describe("invalid messages are rejected with the expected complaint", () => {
  it.each(names)("%s", (name) => {
    const message: unknown = JSON.parse(readFileSync(join(folder, name), "utf8"));
    const fragment = readFileSync(join(folder, name.replace(/json$/, "txt")), "utf8").trimEnd();
    expect(validateMessage(message).join("\n")).toContain(fragment);
  });
});
