import { test } from "vitest";
import { Practice } from "./practice.js";
test("x", () => {
  const p = new Practice();
  for (let i = 0; i < 8; i++) {
    p.run(1);
    console.log(
      i,
      p.quality.whole,
      p.faults.map((f) => f.key + ": " + f.reason),
    );
  }
  p.run(40);
  console.log(p.quality.whole, p.quality.findings);
  for (const f of [
    { dead_layer: { chamber: 1, layer: 3 } },
    { dead_fpga: 1 },
    { hot_wire: { chamber: 0, cell: 17, rate_hz: 500 } },
    { garbage: 0.05 },
    { duplicates: 0.6 },
    { silence: true },
    { late_data: { fraction: 0.2, delay_ms: 20000 } },
  ]) {
    p.set(f as never);
    for (let i = 0; i < 4; i++) {
      p.run(1);
      console.log(
        JSON.stringify(f),
        i,
        p.quality.whole.state,
        p.quality.whole.reason,
        p.quality.chambers.map((c) => c.state).join(),
        p.faults.map((f) => f.key + ": " + f.reason),
      );
    }
    p.set({
      dead_layer: null,
      dead_fpga: null,
      hot_wire: null,
      garbage: 0,
      duplicates: 0,
      silence: false,
      late_data: null,
    });
    for (let i = 0; i < 8; i++) {
      p.run(1);
      console.log(
        "  off",
        i,
        p.quality.whole.state,
        p.quality.whole.reason,
        p.faults.map((f) => f.key),
      );
    }
  }
});
