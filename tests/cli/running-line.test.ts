import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Log } from "../../runners/cli/log.js";
import { barText, durationText, megabytes, startRunningLine } from "../../runners/cli/running-line.js";

describe("a bar", () => {
  const facts = ["1,000 rows", "500 rows/s", "ETA 0:02"];

  it("shows the progress, with as many facts as fit", () => {
    expect(barText(0.5, facts, 80)).toBe("[##########..........]  50 %  1,000 rows  500 rows/s  ETA 0:02");
    expect(barText(0.5, facts, 55)).toBe("[##########..........]  50 %  1,000 rows  500 rows/s");
    expect(barText(0, [], 80)).toBe("[....................]   0 %");
    expect(barText(1.7, [], 80)).toBe("[####################] 100 %");
    expect(barText(0.5, facts, 10)).toHaveLength(10);
  });

  it("is omitted if the total is unknown", () => {
    expect(barText(null, facts, 80)).toBe("1,000 rows  500 rows/s  ETA 0:02");
  });

  it("shows times and sizes in short form", () => {
    expect([0, 59.6, 61, 3600 + 62].map(durationText)).toEqual(["0:00", "1:00", "1:01", "1:01:02"]);
    expect([1_500_000, 12e9].map(megabytes)).toEqual(["1.5 MB", "12.0 GB"]);
  });
});

describe("a progress line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function run(
    terminal: { isTTY?: boolean; columns?: number },
    json: (() => object) | null = () => ({ rows: 7 }),
  ): string {
    let written = "";
    const stderr = new Writable({
      write(chunk: Buffer, _, done) {
        written += chunk.toString();
        done();
      },
    });
    const line = startRunningLine({
      stderr: Object.assign(stderr, terminal),
      text: (width) => `width ${width}`,
      json,
    });
    vi.advanceTimersByTime(1000);
    line.stop();
    vi.advanceTimersByTime(5000);
    return written;
  }

  it("is overwritten on a terminal, fits its width, and is cleared at the end", () => {
    const clear = "\r\u001b[2K";
    expect(run({ isTTY: true, columns: 120 })).toBe(`${`${clear}width 119`.repeat(4)}${clear}`);
  });

  it("is a JSON line each second elsewhere", () => {
    expect(run({})).toBe('{"rows":7}\n');
    expect(run({}, null)).toBe("");
  });

  it("needs level info elsewhere", () => {
    const log = new Log(new Writable());
    expect(log.shows("info")).toBe(true);
    log.configure("warn", "text");
    expect([log.shows("info"), log.shows("warn")]).toEqual([false, true]);
  });

  it("is cleared before a log line on a terminal", () => {
    const written = (terminal: { isTTY?: boolean }): string => {
      const chunks: string[] = [];
      const write = (chunk: Buffer, _: BufferEncoding, done: () => void): void => {
        chunks.push(chunk.toString());
        done();
      };
      new Log(Object.assign(new Writable({ write }), terminal)).warn("broker away");
      return chunks.join("");
    };
    expect(written({ isTTY: true })).toBe("\r\u001b[2Kmuonitor: broker away\n");
    expect(written({})).toBe("muonitor: broker away\n");
  });
});
