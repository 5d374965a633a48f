/** The hash that identifies the set-up in its messages. */
import { createHash } from "node:crypto";
import { defaultDetector, type DetectorConfig, type TimingSource } from "../../../pipeline/model/index.js";
import { impliedInternal, impliedMacrocells, impliedTiming } from "./to-config.js";

/** The default detector has no hash and no name, so its messages keep their original form. */
export function withHash(detector: DetectorConfig, windowMs: number, name: string): DetectorConfig {
  const content = contentOf(detector);
  if (canonical(content) === canonical(contentOf(defaultDetector))) return detector;
  const text = canonical({ detector: content, windowMs });
  const configHash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { ...detector, name, configHash };
}

/**
 * Input of the hash: all original keys, and those newer keys whose values differ from the derived defaults. An old file
 * therefore keeps its hash.
 */
function contentOf(detector: DetectorConfig): Record<string, unknown> {
  const { chambers, driftVelocityUmPerNs, driftTimeAxisNs, maxSegmentResidualMm } = detector;
  return {
    chambers,
    ...timingContent(detector),
    driftVelocityUmPerNs,
    driftTimeAxisNs,
    ...unless({ maxSegmentResidualMm }, { maxSegmentResidualMm: defaultDetector.maxSegmentResidualMm }),
    ...unless({ readout: detector.readout }, { readout: defaultDetector.readout }),
    ...unless({ coincidences: detector.coincidences }, { coincidences: [] }),
    ...unless(
      { internalChannels: detector.internalChannels },
      { internalChannels: impliedInternal(chambers, detector.timing) },
    ),
    ...unless({ macrocells: detector.macrocells }, { macrocells: impliedMacrocells(chambers) }),
  };
}

/** If all timing inputs follow from the first one, only the first is hashed, under its old key `scintillator`. */
function timingContent({ chambers, timing }: DetectorConfig): object {
  const [first] = timing;
  if (first === undefined || !isSame(timing, impliedTiming(chambers, first))) return { timing };
  const { fpga, channel }: TimingSource = first;
  return { scintillator: { fpga, channel } };
}

function unless(own: object, usual: object): object {
  return isSame(own, usual) ? {} : own;
}

const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** JSON with sorted keys: the same content always gives the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
