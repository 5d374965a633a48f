/** The tour of the page: what to look at, in the order of a shift. */
interface TourStep {
  /** CSS selector of the element that the step explains. */
  target: string;
  title: string;
  text: string;
}

export const tourSteps: readonly TourStep[] = [
  {
    target: ".lights",
    title: "Start with the lights",
    text: "One for the whole detector, one for each chamber. Green: nothing to do. Yellow: have a look. Red: act now. Each shows why.",
  },
  {
    target: ".age",
    title: "Is the data new?",
    text: "The age of the newest window. When it grows, data has stopped, and every plot shows how old it is.",
  },
  {
    target: ".hops",
    title: "Data path",
    text: "From the read-out to this browser. The first stage that is not green is where to look.",
  },
  {
    target: ".ledger",
    title: "Every row is accounted for",
    text: "Hits, scintillator signals, status words, rejected rows: the sum must match. Click rejected rows to inspect them one by one.",
  },
  {
    target: "[data-testid=chart-hits]",
    title: "Hit rate vs time",
    text: "Steady lines are good. The strip below shows each light over the same time; triangles are alarms, diamonds are remarks. Click a time to see its window.",
  },
  {
    target: "[data-testid=alarms-open]",
    title: "An alarm",
    text: "The bell lists alarms with what to do. Acknowledge the one that you take care of, so that others know.",
  },
  {
    target: "[data-testid=remarks-open]",
    title: "Write it down",
    text: "Remarks stay with the data. The camera next to this button saves evidence for the logbook; at the end of your shift the report has all of it.",
  },
  {
    target: "[data-testid=help-open]",
    title: "Help",
    text: "Press ? over a plot to read what its faults look like and what to do.",
  },
];
