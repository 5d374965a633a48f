import { expect, it } from "vitest";
import { FormatError } from "../../pipeline/model/index.js";
import {
  bytesInMemory,
  decodeShardResult,
  defaultPipelineConfig,
  PartialCursor,
  readPartialHeader,
} from "../../pipeline/steps/index.js";
import { accumulate } from "./run-steps.js";

const { detector } = defaultPipelineConfig;

it("partial results in the previous format, as in an old savepoint, are refused in one line", () => {
  const [partial] = accumulate({ ...defaultPipelineConfig, time: "detector" }, [
    Buffer.from("2,0,1,7,5,5\n"),
  ]);
  const old = partial!.bytes.slice();
  expect(old[0]).toBe(2);
  old[0] = 1;
  const reason =
    /^partial results of an older Muonitor cannot be read: submit the job without its savepoint$/;
  for (const read of [
    () => readPartialHeader(old),
    () => new PartialCursor(bytesInMemory(old)),
    () => decodeShardResult(old, detector),
  ]) {
    expect(read).toThrow(FormatError);
    expect(read).toThrow(reason);
  }
});
