/** The evidence lists the windows of its histograms, even windows that the page never had. */
import { describe, expect, it } from "vitest";
import { evidenceHtml, evidenceText } from "../../dashboard/src/evidence/document.js";
import { evidenceSchema, type Evidence } from "../../dashboard/src/evidence/evidence.js";
import { pictureOf } from "../../dashboard/src/live/picture.js";
import { makeMessage } from "../helpers/messages.js";

const picture = pictureOf(makeMessage({ id: 2, orbits: 10 }));

function evidence(change: Partial<Evidence>): Evidence {
  return {
    schema: evidenceSchema,
    taken_ms: 0,
    by: "",
    stream: "legnaro",
    source: "",
    demo: false,
    version: "",
    run: null,
    link: "http://localhost/?window=2",
    link_is_local: true,
    connection: "live",
    data_age_ms: 0,
    window_id: 2,
    window_ids: [2],
    ledger: null,
    ledger_since_start: null,
    known_unmapped: { window: 0, since_start: 0 },
    late: null,
    hops: [],
    quality: null,
    chamber_names: ["0", "1", "2", "3"],
    alarms: [],
    reference: null,
    picture,
    ...change,
  };
}

/** Replaces thin spaces by plain spaces for comparison. */
const plain = (text: string): string => text.replaceAll("\u202F", " ");

it("the evidence lists rows of the read-out's own channels in addition to unmapped rows", () => {
  const ledger = { rows: 10, malformed: 0, head_rejected: 0, unmapped: 4, scintillator: 0, hits: 6 };
  const text = evidenceText(evidence({ ledger, known_unmapped: { window: 3, since_start: 0 } }));
  expect(text).toContain(
    "+ 0 status words + 3 read-out's own + 1 unmapped + 0 malformed; all rows accounted for",
  );
});

it("the evidence names the reference of the rules and the comparison", () => {
  const good = { state: "good" as const, reason: "", since_ms: 0, finding: null };
  const quality = {
    ...{ rules: { hash: "0", source: "built in" }, judged_ms: 0, window_id: 2, findings: [] },
    ...{ whole: good, data: good, scintillator: good, chambers: [good, good, good, good] },
    reference: { id: "r", name: "good-run" },
    compared_with: "reference good-run",
  };
  const text = plain(evidenceText(evidence({ quality })));
  expect(text).toContain("Compared with: reference good-run\n");
  expect(text).toContain("Reference of the rules: good-run\n");
  expect(text).toContain("\nChamber 3: good, \n");
  const named = evidence({ quality, chamber_names: ["A", "B", "<C>", "D"] });
  expect(evidenceText(named)).toContain("\nChamber <C>: good, \n");
  expect(evidenceHtml(named, [])).toContain("<b>Chamber &lt;C&gt;</b>");
});

describe("the evidence of a sum", () => {
  it("has the number and time range of all its windows, not only of those that the page knows", () => {
    const sum = { ...picture, windows: 40_000, startMs: 10_000, endMs: 200_010_000 };
    const text = plain(evidenceText(evidence({ picture: sum, window_ids: [40_000, 40_001] })));
    expect(text).toContain(
      "Histograms sum: 40 000 windows, 1970-01-01 00:00:10 to 1970-01-03 07:33:30 UTC\n",
    );
    expect(text).toContain("Windows: 40000 to 40001 (2); the numbers of 39 998 more windows are not known\n");
  });

  it("of known windows lists all window numbers", () => {
    const sum = { ...picture, windows: 2, endMs: 20_000 };
    const html = plain(evidenceHtml(evidence({ picture: sum, window_ids: [2, 3] }), []));
    expect(html).toContain("<td>2 windows, 1970-01-01 00:00:10 to 1970-01-01 00:00:20 UTC</td>");
    expect(html).toContain("<td>2 to 3 (2)</td>");
    expect(plain(evidenceText(evidence({ picture: null, window_ids: [] })))).toContain(
      "Histograms sum: none\n",
    );
  });
});
