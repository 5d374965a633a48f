/** Imported references: an incomplete or invalid reference is rejected, and nothing breaks. */
import { describe, expect, it } from "vitest";
import { checkReference } from "../../dashboard/bridge/monitor/check-reference.js";
import { referenceOf, sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import { Store } from "../../dashboard/bridge/store/index.js";
import { makeMessage } from "../helpers/messages.js";
import { startBridge } from "../dashboard/support.js";

const messages = [1, 2, 3].map((id) => makeMessage({ id }));
const good = (): Record<string, never> =>
  structuredClone(referenceOf(sumWindows(messages)!, "good", "a test", 1_700_000_000_000)) as never;

/** The good reference with the value at the path changed or removed. */
function corrupted(path: string, value?: unknown): unknown {
  const reference = good();
  const names = path.split(".");
  const last = names.pop()!;
  let place: Record<string, unknown> = reference;
  for (const name of names) place = place[name] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(place, last);
  else place[last] = value;
  return reference;
}

const cases: [string, unknown?][] = [
  ["name"],
  ["name", ""],
  ["source"],
  ["created_ms"],
  ["created_ms", "today"],
  ["created_ms", 1.5],
  ["created_ms", 1e300],
  ["windows"],
  ["seconds"],
  ["seconds", -1],
  ["hit_count", null],
  ["orbit_count"],
  ["scint_orbit_count"],
  ["hit_count_chamber", [1, 2, 3]],
  ["ledger"],
  ["ledger.rows"],
  ["ledger.scintillator"],
  ["ledger.scintillator", "many"],
  ["ledger.hits"],
  ["tdc_counts_chamber.3"],
  ["tdc_counts_chamber.0.hist_counts", [1]],
  ["tdc_counts_chamber.0.hist_counts.7", null],
  ["scint_tdc_counts_chamber.1.hist_counts.63", -1],
  ["drift_time_chamber.2.hist_counts"],
  ["drift_time_chamber.2.bin_edges"],
  ["drift_time_chamber.2.bin_edges", [0, 1]],
  ["active_tdc_multiplicity_chamber.0", []],
];

describe("a reference", () => {
  it("that is complete is accepted", () => {
    expect(checkReference(good())).toBeNull();
  });

  it.each(cases)("with %s changed to %j (or removed) is rejected with a one-line reason", (path, value) => {
    expect(checkReference(corrupted(path, value))).toMatch(/^[^\n]+$/);
  });

  it("without its creation time is rejected over HTTP, and the store keeps working", async () => {
    const store = new Store({ file: null });
    const { bridge } = await startBridge({ store });
    const post = async (body: unknown): Promise<number> => {
      const headers = { "content-type": "application/json" };
      const url = new URL("/api/v1/references", bridge.url);
      return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).status;
    };
    expect(await post(corrupted("created_ms"))).toBe(400);
    expect(store.status()).toMatchObject({ state: "ok", problem: null });
    expect(store.records.references()).toEqual([]);
    expect(await post(good())).toBe(200);
    expect(store.records.references()).toMatchObject([{ name: "good", created_ms: 1_700_000_000_000 }]);
  });
});
