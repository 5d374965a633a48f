/** The keys of the page with their descriptions. */
export const pageKeys = [
  { key: "space", does: "Pause, resume" },
  { key: "← →", does: "Past windows, one by one" },
  { key: "e", does: "Save evidence for the logbook" },
  { key: "a", does: "Alarms" },
  { key: "m", does: "Remarks" },
  { key: "w", does: "Wall display" },
  { key: "1 … 8", does: "Overview … History" },
  { key: "Escape", does: "Close the topmost, then back to live" },
] as const;

export const plotKeys = [
  { key: "l", does: "Logarithmic axis" },
  { key: "b", does: "Reference" },
  { key: "r", does: "Reset the zoom" },
  { key: "f", does: "Full screen" },
  { key: "t", does: "Show as table" },
  { key: "p", does: "Save as PNG" },
  { key: "c", does: "Save as CSV" },
  { key: "j", does: "Save as JSON" },
  { key: "?", does: "What to do" },
] as const;
