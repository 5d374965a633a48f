/** Measured inputs of the field, if available, with answers from the DAQ's own programs or calculated by hand. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readLayout } from "./read-layout.js";

const field = new URL("../../../../shared/data/field/", import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, field));
const textOf = (name: string): string[] => read(name).toString().trim().split("\n");
const isHere = existsSync(field);

// The inputs have no licence and are therefore not part of the project.
describe.skipIf(!isHere)("measured inputs", () => {
  it("256 words of run 591 give the same rows as text and as words", () => {
    const text = readLayout("padova-2019-text", read("padova-2019-run591-v1.txt"));
    const words = readLayout("padova-dat", read("padova-2019-run591-v1.dat"));
    expect(text.lines).toEqual(words.lines);
    expect(words.lines).toHaveLength(256);
    // By hand: channel - 1, TDC + 1.
    const expected = textOf("padova-2019-run591-v1.txt")
      .slice(1)
      .map((line) => line.split(",").map(Number) as [number, number, number, number, number, number])
      .map(([, fpga, channel, orbit, bx, tdc]) => [2, fpga, channel - 1, orbit, bx, tdc + 1].join());
    expect(text.lines).toEqual(expected);
    expect([text.remarks, words.remarks]).toEqual([{}, {}]);
  });

  it("a message of the DAQ's own writer gives its run number and 128 rows", () => {
    const message = read("made-kafka-full-dma-message.dat");
    const rows = readLayout("padova-dat", read("padova-2019-run591-v1.dat")).lines.slice(0, 128);
    for (const layout of ["padova-dma", "padova-dat", "padova-dat:v1"])
      expect(readLayout(layout, message).lines).toEqual(["HEAD,run,591", ...rows]);
  });

  it("beam data of 2018 have one FPGA, and the DAQ's own trigger word on channel 138", () => {
    const { lines } = readLayout("padova-2019-text", read("lemma-2018-v1.txt"));
    const own = textOf("lemma-2018-v1.txt").filter((line) => line.split(",")[2] === "139");
    expect(lines).toHaveLength(textOf("lemma-2018-v1.txt").length - 1);
    expect(lines.filter((line) => line.startsWith("2,1,138,"))).toHaveLength(own.length);
  });

  it("seven columns give the run number and include trigger words", () => {
    const { lines, remarks } = readLayout("padova-2019-text", read("generator-2020-v1-seven-columns.txt"));
    const heads = textOf("generator-2020-v1-seven-columns.txt").map((line) => line.split(",")[0]);
    expect(lines[0]).toBe("HEAD,run,1");
    expect(lines.filter((line) => line.startsWith("6,"))).toHaveLength(
      heads.filter((head) => head === "3").length,
    );
    expect(lines.filter((line) => line.startsWith("2,"))).toHaveLength(
      heads.filter((head) => head === "1").length,
    );
    expect(remarks).toEqual({});
  });

  it("idle words are counted but give no rows", () => {
    const { lines, remarks } = readLayout("padova-2019-text", read("obdt-2020-run622-idle-words.csv"));
    expect([lines, remarks]).toEqual([[], { "idle words": 3 }]);
  });

  it.each(["v2", "v3"])("words of %s equal their table, also when the generation is detected", (version) => {
    const table = textOf("made-v2-v3-words.txt").map((line) => line.split(","));
    const expected = table
      .filter(([name]) => name === version)
      .map(([, , head, fpga, channel = "", orbit, bx, tdc]) =>
        [head, fpga, channel.replace(/\D/g, ""), orbit, bx, String(Number(tdc))].join(),
      );
    const words = read(`made-${version}-words.dat`);
    expect(expected).toHaveLength(7);
    for (const layout of ["padova-dat", `padova-dat:${version}`])
      expect(readLayout(layout, words).lines).toEqual(expected);
  });

  it("rows of Bologna get 32-bit orbits from their times", () => {
    const { lines } = readLayout("bologna-2022", read("made-bologna-2022.txt"));
    const orbits = lines.map((line) => Number(line.split(",")[3]));
    const rows = textOf("made-bologna-2022.txt").map((line) => line.split(" ").slice(1).map(Number));
    rows.forEach(([time = 0, counter], i) => {
      expect((orbits[i] as number) % 4096).toBe(counter);
      // Half a period of the counter is 182 ms.
      expect(Math.abs((orbits[i] as number) * 89.1e-6 - time)).toBeLessThan(0.19);
    });
    expect((orbits[8] as number) - (orbits[7] as number)).toBe(1);
    expect(lines[4]).toMatch(/^2,0,228,\d+,1212,20$/);
  });

  it("hits of SND keep increasing orbits when the counter restarts", () => {
    const { lines, remarks } = readLayout("snd-2025", read("made-snd-2025-records.json"));
    expect(lines).toEqual([
      "2,0,7,524287,1201,14",
      "2,0,23,524287,1205,30",
      "2,1,50,524287,3560,2",
      "2,1,34,524288,3,31",
    ]);
    expect(remarks).toEqual({ "trigger primitives": 1 });
  });
});
