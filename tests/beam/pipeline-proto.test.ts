/** The pipeline as a runner receives it: transforms have the project's names, collections have coders known to every language. */
import { describe, expect, it } from "vitest";
import { coded, keyValueCoder, windowMessages } from "../../pipeline/beam/index.js";
import { impulse, type PCollection } from "../../pipeline/beam/sdk.js";
import type { RecordElement } from "../../pipeline/beam/functions.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { Pipeline, Root } from "./beam-sdk.js";

type Components = NonNullable<ReturnType<InstanceType<typeof Pipeline>["getProto"]>["components"]>;

function componentsOf(config: PipelineConfig): Components {
  const pipeline = new Pipeline();
  const records: PCollection<RecordElement> = new Root(pipeline)
    .apply(impulse())
    .apply(coded("Record", keyValueCoder));
  records.apply(windowMessages(config));
  return pipeline.getProto().components!;
}

/** The URN of a coder with the URNs of its components. */
function urnOf({ coders }: Components, id: string): string {
  const { spec, componentCoderIds } = coders[id]!;
  const name = spec!.urn.replace(/^beam:coder:(.*):v1$/, "$1");
  const parts = componentCoderIds.map((part) => urnOf({ coders } as Components, part));
  return parts.length === 0 ? name : `${name}<${parts.join(", ")}>`;
}

/** The transforms that process data, by the last part of their names, in processing order. */
const stepNames = [
  ...["impulse", "RecordCoder", "Accumulate", "PartialCoder", "GroupByShard", "MergeShard", "ShardCoder"],
  ...["GroupByWindow", "Summarise", "MessageCoder"],
];

describe.each(["detector", "arrival"] as const)("the pipeline in %s time", (time) => {
  const components = componentsOf({ ...defaultPipelineConfig, time });
  const transforms = Object.values(components.transforms);

  it("has the project's transform names, all different", () => {
    const names = transforms.map(({ uniqueName }) => uniqueName);
    expect(new Set(names).size).toBe(names.length);
    const steps = transforms.filter(({ subtransforms }) => subtransforms.length === 0);
    const lastParts = steps.map(({ uniqueName }) => uniqueName.split("/").at(-1));
    const windowed = time === "arrival" ? stepNames.toSpliced(4, 0, "Window") : stepNames;
    expect(lastParts).toEqual(windowed);
  });

  it("has a standard coder for every collection that is read twice or grouped", () => {
    const outputs = transforms
      .filter(({ uniqueName }) => /Coder$|GroupBy/.test(uniqueName))
      .map(({ uniqueName, outputs }) => {
        const coder = urnOf(components, components.pcollections[Object.values(outputs)[0]!]!.coderId);
        return [uniqueName.split("/").at(-1), coder];
      });
    expect(Object.fromEntries(outputs)).toEqual({
      RecordCoder: "kv<bytes, bytes>",
      PartialCoder: "kv<string_utf8, bytes>",
      GroupByShard: "kv<string_utf8, iterable<bytes>>",
      ShardCoder: "kv<string_utf8, bytes>",
      GroupByWindow: "kv<string_utf8, iterable<bytes>>",
      MessageCoder: "kv<string_utf8, string_utf8>",
    });
  });

  it("has fixed windows of 5 s only in arrival time", () => {
    const strategies = Object.values(components.windowingStrategies).map(({ windowFn }) => windowFn!.urn);
    expect(strategies.includes("beam:window_fn:fixed_windows:v1")).toBe(time === "arrival");
  });

  it("has a JavaScript-only coder only where the next transform sets a standard one", () => {
    const foreign = Object.keys(components.pcollections).filter((id) =>
      urnOf(components, components.pcollections[id]!.coderId).includes("js"),
    );
    const readers = foreign.map((id) =>
      transforms
        .filter(
          ({ inputs, subtransforms }) => subtransforms.length === 0 && Object.values(inputs).includes(id),
        )
        .map(({ uniqueName }) => uniqueName.split("/").at(-1)),
    );
    expect(readers).toEqual([["PartialCoder"], ["ShardCoder"], ["MessageCoder"]]);
  });
});
