/** Names as the shift reads them. */
import type { Hop, QualityState } from "../../../pipeline/model/index.js";
import type { Connection } from "../live/connection.js";

export const hopNames: Record<Hop, string> = {
  readout: "Read-out",
  data_raw: "data_raw",
  pipeline: "Pipeline",
  data_clean: "data_clean",
  bridge: "Bridge",
};

export const lightWords: Record<QualityState, string> = {
  good: "good",
  warning: "warning",
  bad: "bad",
  few: "too few",
  none: "no data",
};

/** A state where there are letters alone: the title of the tab, a notice of the desktop. */
export const lightMarks: Record<QualityState, string> = {
  good: "✓",
  warning: "▲",
  bad: "■",
  few: "…",
  none: "○",
};

export const connectionWords: Record<Connection, string> = {
  connecting: "connecting",
  live: "live",
  reconnecting: "reconnecting",
  lost: "lost",
  refused: "token required",
};

export const connectionLights: Record<Connection, QualityState> = {
  connecting: "few",
  live: "good",
  reconnecting: "warning",
  lost: "bad",
  refused: "none",
};
