/** The channel map, and the tally of rejected rows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultDetector, UsageError, type DetectorConfig } from "../../pipeline/model/index.js";
import { createChannelMap, RejectionTally } from "../../pipeline/steps/index.js";
import { scintillatorCode, unmappedCode } from "../../pipeline/steps/hit-word.js";
import { orbitArbitrary } from "../reference/arbitraries.js";
import { detectorWindowOf, placeOf } from "../reference/place.js";

const moved = (chamber: number, place: { fpga?: number; firstChannel?: number }): DetectorConfig => ({
  ...defaultDetector,
  chambers: defaultDetector.chambers.map((config, i) => (i === chamber ? { ...config, ...place } : config)),
});

describe("the channel map", () => {
  it("maps every channel of the read-out as in the reference", () => {
    const map = createChannelMap(defaultDetector);
    for (let fpga = 0; fpga < 8; fpga += 1) {
      for (let channel = 0; channel < 512; channel += 1) {
        const place = placeOf({ head: 2, fpga, channel, orbit: 0, bx: 0, tdc: 0 });
        const code = typeof place === "number" ? place * 64 + (channel % 64) : null;
        const expected = place === "scintillator" ? scintillatorCode : (code ?? unmappedCode);
        expect(map[fpga * 512 + channel]).toBe(expected);
      }
    }
  });

  it.each([
    ["overlapping chambers", moved(1, { firstChannel: 63 }), "FPGA 0, channel 63 is used twice"],
    ["a chamber on the scintillator", moved(3, { firstChannel: 65 }), "FPGA 1, channel 128 is used twice"],
    ["a chamber above the channel range", moved(1, { firstChannel: 449 }), "FPGA 0, channel 512 is outside"],
    ["a chamber below the channel range", moved(0, { firstChannel: -1 }), "FPGA 0, channel -1 is outside"],
    ["an FPGA number outside its bits", moved(2, { fpga: 8 }), "FPGA 8, channel 0 is outside"],
    [
      "a scintillator outside the channel range",
      {
        ...defaultDetector,
        timing: [{ name: "scintillator", fpga: 1, channel: 512, givesT0: true, plate: null }],
      },
      "FPGA 1, channel 512 is outside",
    ],
  ])("refuses %s", (_, detector, message) => {
    expect(() => createChannelMap(detector)).toThrow(UsageError);
    expect(() => createChannelMap(detector)).toThrow(message);
  });
});

describe("the tally of rejections", () => {
  it("has a window for each orbit in detector time", () => {
    fc.assert(
      fc.property(fc.array(orbitArbitrary), fc.constantFrom(1000, 5000, 60_000), (orbits, windowMs) => {
        const tally = new RejectionTally(windowMs);
        const expected = new Map<number, number>();
        for (const orbit of orbits) {
          tally.of(orbit).headRejected += 1;
          const id = detectorWindowOf({ head: 0, fpga: 0, channel: 0, orbit, bx: 0, tdc: 0 }, windowMs);
          expected.set(id, (expected.get(id) ?? 0) + 1);
        }
        const counted = new Map([...tally.windows].map(([id, { headRejected }]) => [id, headRejected]));
        expect(counted).toEqual(expected);
      }),
    );
  });

  it("has one window in arrival time", () => {
    const tally = new RejectionTally(null);
    for (const orbit of [0, 5, 4294967295]) tally.of(orbit).unmapped += 1;
    expect([...tally.windows]).toEqual([[0, { headRejected: 0, unmapped: 3, readOut: null }]]);
  });
});
