/** Copies a detector file with new offsets and drift velocity; comments and all other keys are preserved. */
import { readFileSync } from "node:fs";
import { isMap, parseDocument, type Document, type YAMLMap } from "yaml";
import type { Calibration } from "../../../pipeline/steps/calibration/calibrate.js";
import { defaultDetectorFile } from "../detector-file.js";

/**
 * @param path path of a valid detector file
 * @param origin origin of the values, for a comment at the top
 */
export function calibratedFile(path: string, calibration: Calibration, origin: string): string {
  const document = parseDocument(readFileSync(path, "utf8"));
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  // As everywhere, a file without chambers has those of the default detector.
  if (!document.has("chambers"))
    document.set("chambers", parseDocument(readFileSync(defaultDetectorFile, "utf8")).get("chambers"));
  calibration.chambers.forEach(
    ({ driftOffsetNs, layerOffsetsNs, driftVelocityUmPerNs: velocity }, chamber) => {
      const node = document.getIn(["chambers", chamber]) as YAMLMap;
      if (velocity !== undefined) node.set("drift-velocity-um-per-ns", rounded(velocity.value, 2));
      node.set("drift-offset-ns", rounded(driftOffsetNs.value, 1));
      node.set(
        "layer-offsets-ns",
        flowList(
          document,
          layerOffsetsNs.map(({ value }) => rounded(value, 1)),
        ),
      );
    },
  );
  const { driftVelocityUmPerNs: common } = calibration;
  if (common !== null) document.set("drift-velocity-um-per-ns", rounded(common.value, 2));
  return `# ${origin}\n${document.toString({ lineWidth: 0 })}`;
}

function flowList(document: Document, values: readonly number[]): unknown {
  return document.createNode(values, { flow: true });
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
