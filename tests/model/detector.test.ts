import { describe, expect, it } from "vitest";
import {
  cellOf,
  defaultDetector,
  layerOfCell,
  layersPerChamber,
  leftWallMm,
  maxDriftTimeNs,
  rightWallMm,
  wireOfCell,
  wirePositionMm,
} from "../../pipeline/model/detector.js";
import { driftTimeNs, firstChannelOfChamber, placeOf } from "../reference/place.js";

const cells = Array.from({ length: 64 }, (_, cell) => cell);

describe("the detector", () => {
  it("has consecutive cells in layers 4, 2, 3, 1, in turn", () => {
    expect(cells.slice(0, 8).map(layerOfCell)).toEqual([4, 2, 3, 1, 4, 2, 3, 1]);
    expect([0, 3, 4, 63].map(wireOfCell)).toEqual([0, 0, 1, 15]);
    expect(cells.map((cell) => cellOf(layerOfCell(cell), wireOfCell(cell)))).toEqual(cells);
  });

  it("staggers neighbouring layers by half a cell of 42 mm, 13 mm apart", () => {
    const positions = Array.from({ length: layersPerChamber }, (_, i) => wirePositionMm(cellOf(i + 1, 5)));
    // Layers 1 and 3 at 42 w - 294 mm, layers 2 and 4 at 42 w - 315 mm, z = 13 (layer - 2.5) mm.
    expect(positions).toEqual([
      { x: -84, z: -19.5 },
      { x: -105, z: -6.5 },
      { x: -84, z: 6.5 },
      { x: -105, z: 19.5 },
    ]);
    expect([wirePositionMm(cellOf(2, 0)).x - 21, wirePositionMm(cellOf(1, 15)).x + 21]).toEqual([
      leftWallMm,
      rightWallMm,
    ]);
  });

  it("has a maximum drift time of about 390 ns", () => expect(Math.round(maxDriftTimeNs)).toBe(390));

  it.each([-1, 64, 0.5, NaN])("has no cell %d", (cell) =>
    expect(() => layerOfCell(cell)).toThrow(RangeError),
  );

  it("has the chambers, offsets and scintillator of the independent reference", () => {
    const row = { head: 2, orbit: 7, bx: 5, tdc: 5 };
    defaultDetector.chambers.forEach(({ fpga, firstChannel, driftOffsetNs }, i) => {
      const hit = { ...row, fpga, channel: firstChannel };
      expect([placeOf(hit), placeOf({ ...hit, channel: firstChannel + 63 })]).toEqual([i, i]);
      expect(driftTimeNs(hit, i as 0 | 1 | 2 | 3, hit)).toBe(driftOffsetNs);
    });
    expect(placeOf({ ...row, fpga: 1, channel: 128 })).toBe("scintillator");
    expect(defaultDetector.chambers.map(({ firstChannel }) => firstChannel)).toEqual([
      ...firstChannelOfChamber,
    ]);
    expect(defaultDetector.chambers.map(({ heightMm }) => heightMm)).toEqual([219.8, 977.3, 1035.6, 1819.8]);
    expect(defaultDetector.chambers.map(({ rotated }) => rotated)).toEqual([false, true, false, false]);
    expect(defaultDetector.driftTimeAxisNs).toEqual({ lower: 0, upper: 1000, bins: 100 });
  });
});
