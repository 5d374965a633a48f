/** Every rule has its entry in the shifter's guide, and its instruction comes from the rules file everywhere. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { format } from "prettier";
import { ruleIds, type RuleText } from "../../../pipeline/model/index.js";
import { builtInRules, createRules, ruleTexts } from "../../../dashboard/bridge/quality/index.js";
import { Practice } from "./practice.js";

const guide = new URL("../../../dashboard/guide.md", import.meta.url);
const [start, end] = ["<!-- rules -->\n", "<!-- /rules -->"];

const entry = ({ id, title, meaning, what_to_do, call }: RuleText): string =>
  `**${title}** (\`${id}\`). ${meaning} _Check:_ ${what_to_do} _Call:_ ${call}.\n`;

async function written(): Promise<string> {
  const text = ruleTexts(builtInRules).map(entry).join("\n");
  return format(text, { parser: "markdown", printWidth: 130, proseWrap: "preserve" });
}

describe("the texts of the rules", () => {
  // MUONITOR_WRITE_GUIDE=1 updates the guide.
  it("are in the shifter's guide, one entry per rule", async () => {
    const text = readFileSync(guide, "utf8");
    const [before = "", rest = ""] = text.split(start);
    const [, after = ""] = rest.split(end);
    const wanted = `${before}${start}\n${await written()}\n${end}${after}`;
    if (process.env["MUONITOR_WRITE_GUIDE"] === "1") writeFileSync(guide, wanted);
    expect(readFileSync(guide, "utf8")).toBe(wanted);
    for (const id of ruleIds) expect(wanted).toContain(`(\`${id}\`)`);
  });

  it("come from the rules file, with the contact to call", () => {
    const rules = createRules(
      { contacts: { detector: "Ada, 4711" }, rules: { "layer-efficiency": { what_to_do: "Look at it." } } },
      "mine.yaml",
    );
    const practice = new Practice({}, { rules });
    practice.set({ detector: [{ kind: "layer_loss", chamber: 1, layer: 2, strength: 0.3 }] });
    practice.run(4);
    const [fault] = practice.faults;
    expect(fault).toMatchObject({
      rule: "layer-efficiency",
      what_to_do: "Look at it. If that does not help, call Ada, 4711.",
    });
    expect(ruleTexts(rules).find(({ id }) => id === "layer-efficiency")).toMatchObject({ call: "Ada, 4711" });
  });

  it("must name an existing contact", () => {
    expect(() => createRules({ rules: { noise: { call: "plumber" } } }, "f")).toThrow(
      "f: rules.noise.call must be one of shift, detector, read_out, timing, data",
    );
  });
});

describe("a rules file of an older version", () => {
  it("is read, with a notice that names the new key", () => {
    const old = { baseline: { memory_minutes: 30, hits_per_cell: 70 }, rules: { clock: { hits: 60 } } };
    const { config, notices } = createRules(old, "old.yaml");
    expect(config.origin.hits_per_cell).toBe(70);
    expect(config.rules.clock.hits).toBe(60);
    expect(notices).toEqual([
      "old.yaml: baseline.hits_per_cell is now origin.hits_per_cell; its value is used",
      expect.stringMatching(
        /^old\.yaml: baseline\.memory_minutes no longer has an effect: .*origin\.windows/,
      ),
    ]);
    expect(createRules({ baseline: { hits_per_cell: 5 }, origin: { hits_per_cell: 90 } }, "f")).toMatchObject(
      {
        config: { origin: { hits_per_cell: 90 } },
        notices: ["f: baseline.hits_per_cell is ignored: origin.hits_per_cell replaces it"],
      },
    );
    expect(createRules({ baseline: {} }, "f").notices).toEqual(["f: baseline is now origin"]);
  });

  it("with a wrong value is rejected, with the name of the new key", () => {
    expect(() => createRules({ baseline: { hits_per_cell: "many" } }, "f")).toThrow(
      /f: origin\.hits_per_cell must be a number/,
    );
  });
});
