/** The event display: shapes and their positions, from the geometry of the chambers. */
import { describe, expect, it } from "vitest";
import { eventsOf, type MuonEvent } from "../../dashboard/src/events/events.js";
import { drawingOf, stretch, toDrawing } from "../../dashboard/src/events/geometry.js";
import { eventShapes, eventWords, type Shape } from "../../dashboard/src/events/shapes.js";
import { svgFile } from "../../dashboard/src/events/svg-file.js";
import { paletteOf } from "../../dashboard/src/charts/palette.js";
import { defaultDetector, wirePositionMm, type MuonSegment } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";

const windows = new SimulatedWindows({ rateHz: 3000 }).take(2);
const events = eventsOf(windows, null);
const usual = { shiftMm: 0, driftVelocityUmPerNs: 53.8, masked: [] };
const position = (chamber: number) => ({
  ...usual,
  name: String(chamber),
  heightMm: defaultDetector.chambers[chamber]?.heightMm ?? 0,
  rotated: defaultDetector.chambers[chamber]?.rotated ?? false,
});
const drawing = drawingOf([0, 1, 2, 3], position);

const number = ({ attributes }: Shape, name: string): number => Number(attributes[name]);
/** Marks of hits only; wires are drawn smaller. */
const points = (shapes: Shape[]): Shape[] =>
  shapes.filter((one) => one.tag === "circle" && number(one, "r") === 5);

describe("events", () => {
  it("are the segments of one orbit, the newest window first", () => {
    expect(events.length).toBeGreaterThan(4);
    expect(events[0]?.windowId).toBe(windows[1]?.msg_ID);
    expect(events.flatMap(({ segments }) => segments)).toHaveLength(
      windows.reduce((sum, { muons = [] }) => sum + muons.length, 0),
    );
    for (const { orbit, segments } of events) for (const one of segments) expect(one.orbit).toBe(orbit);
  });

  it("of a chamber have a segment in that chamber", () => {
    const own = eventsOf(windows, 1);
    expect(own.length).toBeGreaterThan(0);
    expect(own.every(({ segments }) => segments.some(({ chamber }) => chamber === 1))).toBe(true);
    expect(eventsOf([{ ...windows[0]!, muons: [] }], null)).toEqual([]);
  });
});

describe("the drawing", () => {
  it("has a column for each view, with the highest chamber on top", () => {
    const xs = drawing.places.map(({ chamber, x }) => [chamber, x] as const);
    const x = Object.fromEntries(xs);
    expect(x[0]).toBe(x[2]);
    expect(x[2]).toBe(x[3]);
    expect(x[1]).not.toBe(x[0]);
    const byHeight = [...drawing.places].filter(({ rotated }) => !rotated).sort((a, b) => a.y - b.y);
    expect(byHeight.map(({ chamber }) => chamber)).toEqual([3, 2, 0]);
  });

  it("fits eight chambers, and one", () => {
    const eight = drawingOf([0, 1, 2, 3, 4, 5, 6, 7], (chamber) => ({
      ...usual,
      name: "",
      heightMm: chamber,
      rotated: chamber % 2 === 1,
    }));
    expect(eight.places).toHaveLength(8);
    expect(eight.columns).toHaveLength(2);
    expect(Math.max(...eight.places.map(({ y }) => y))).toBeLessThan(eight.height);
    expect(drawingOf([5], position).columns).toHaveLength(1);
    const ofOneView = drawingOf([0, 1, 2, 3, 4, 5, 6, 7], (chamber) => ({
      ...position(0),
      heightMm: chamber,
    }));
    // Two columns of four chambers, the highest chamber at the top of the first.
    expect(ofOneView.columns).toHaveLength(2);
    expect(ofOneView.places.slice(0, 5).map(({ chamber }) => chamber)).toEqual([7, 6, 5, 4, 3]);
    expect(ofOneView.height).toBeCloseTo(eight.height);
  });

  it("uses positions, drift velocity and masks of the set-up", () => {
    const shifted = drawingOf([0, 2, 3], (chamber) => ({
      ...position(chamber),
      shiftMm: chamber === 2 ? 12 : 0,
      driftVelocityUmPerNs: 40,
      masked: chamber === 3 ? [5] : [],
    }));
    const xOf = (wanted: number): number => shifted.places.find(({ chamber }) => chamber === wanted)!.x;
    expect(xOf(2) - xOf(0)).toBeCloseTo(12);
    expect(shifted.width).toBeCloseTo(drawingOf([0, 2, 3], position).width + 12);
    const crosses = eventShapes(null, shifted, true).filter(({ tag }) => tag === "path");
    expect(crosses).toHaveLength(1);
    const four = events.flatMap(({ segments }) => segments).find(({ sides }) => !sides.includes("-"))!;
    const at = drawingOf([four.chamber], (chamber) => ({ ...position(chamber), driftVelocityUmPerNs: 40 }));
    const both = points(eventShapes(eventOf(four), at, true)).slice(0, 2);
    const apart = number(both[1]!, "cx") - number(both[0]!, "cx");
    expect(apart).toBeCloseTo((2 * 40 * four.drift_ns[0]!) / 1000);
  });

  it("has the chosen point of each hit on the fitted line, within the residuals", () => {
    let hits = 0;
    for (const event of events) {
      for (const segment of event.segments) {
        const place = drawing.places.find(({ chamber }) => chamber === segment.chamber)!;
        const shapes = eventShapes({ ...event, segments: [segment] }, drawing, true);
        const chosen = points(shapes).filter(({ attributes }) => attributes["fill"] !== "none");
        expect(chosen).toHaveLength(segment.sides.replaceAll("-", "").length);
        for (const point of chosen) {
          const z = -(number(point, "cy") - place.y) / stretch;
          const onLine = toDrawing(place, segment.x_mm + segment.tan * z, z);
          expect(Math.abs(number(point, "cx") - onLine.x)).toBeLessThan(3);
          hits += 1;
        }
      }
    }
    expect(hits).toBeGreaterThan(20);
  });

  it("has points on both sides of a wire, and a cross in a crossed cell without a hit", () => {
    const three = events.flatMap(({ segments }) => segments).find(({ sides }) => sides.includes("-"))!;
    const shapes = eventShapes(eventOf(three), drawing, false);
    expect(points(shapes)).toHaveLength(6);
    const crosses = shapes.filter(({ tag }) => tag === "path");
    expect(crosses.length).toBeLessThanOrEqual(1);
    const inside: MuonSegment = {
      ...three,
      cells: [31, 29, null, 28],
      drift_ns: [1, 2, null, 3],
      sides: "LR-L",
      tan: 0,
      x_mm: 0,
    };
    const [cross] = eventShapes(eventOf({ ...inside, chamber: 2 }), drawing, false).filter(
      ({ tag }) => tag === "path",
    );
    const place = drawing.places.find(({ chamber }) => chamber === 2)!;
    // Layer 3, wire 7: its cell contains x = 0.
    const wire = wirePositionMm(30);
    const at = toDrawing(place, wire.x, wire.z);
    expect(String(cross?.attributes["d"])).toContain(`M${at.x - 9} ${at.y - 9}`);
    const outside = { ...inside, x_mm: 900 };
    expect(eventShapes(eventOf(outside), drawing, false).some(({ tag }) => tag === "path")).toBe(false);
  });

  it("can be empty, and has a text description", () => {
    expect(eventShapes(null, drawing, true).filter(({ tag }) => tag === "rect")).toHaveLength(256);
    const [event] = events as [MuonEvent];
    expect(eventWords(event)).toMatch(/^Orbit \d+; chamber \d: [34] hits, tan −?\d\.\d{3}, x −?[\d.]+ mm/);
    expect(eventWords(event, (chamber) => `MiniDT-${chamber}`)).toMatch(/; chamber MiniDT-\d: /);
  });

  it("can be saved as a self-contained file", () => {
    const [event] = events as [MuonEvent];
    const origin = { plot: "events", stream: 'a<"b">&', set_up: "default", demo: true, windows: 1 };
    const rest = { start_ms: 0, end_ms: 1, window_id: 1, reference: null, run: null, link: "" };
    const file = svgFile(eventShapes(event, drawing, true), drawing, ["a < b"], paletteOf(true), {
      ...origin,
      ...rest,
    });
    expect(file).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(file).toContain("a &lt; b");
    expect(file).not.toMatch(/<[^>]*class=|NaN|undefined/);
    expect(file.match(/<rect/g)).toHaveLength(257);
  });
});

function eventOf(segment: MuonSegment): MuonEvent {
  return { orbit: segment.orbit, windowId: 0, startMs: 0, segments: [segment] };
}
