/** Names and states in texts of the page. */
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

/** Symbols for states in plain text: the title of the tab and desktop notifications. */
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
