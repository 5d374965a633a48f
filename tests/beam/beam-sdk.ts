/** Internal modules of the SDK for tests, loaded in the same way as by the SDK. */
import { createRequire } from "node:module";
import "../../pipeline/beam/sdk.js";

const requireSdk = createRequire(import.meta.url);

export const sdkFolder = requireSdk.resolve("apache-beam");

export const coders = requireSdk(
  "apache-beam/coders/standard_coders",
) as typeof import("apache-beam/coders/standard_coders");

export const { Context } = requireSdk(
  "apache-beam/coders/coders",
) as typeof import("apache-beam/coders/coders");

export const { Pipeline } = requireSdk(
  "apache-beam/internal/pipeline",
) as typeof import("apache-beam/internal/pipeline");

export const { Root } = requireSdk("apache-beam/pvalue") as typeof import("apache-beam/pvalue");

export const { IntervalWindow } = requireSdk("apache-beam/values") as typeof import("apache-beam/values");

export const { serializeFn, deserializeFn } = requireSdk(
  "apache-beam/internal/serialize",
) as typeof import("apache-beam/internal/serialize");
