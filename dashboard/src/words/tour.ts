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
    text: "One for the whole detector, one for each chamber, one for the scintillator. Green: nothing to do. Yellow: check it. Red: act now. Each shows its reason.",
  },
  {
    target: ".age",
    title: "Is the data current?",
    text: "The age of the newest window. If it grows, the data has stopped, and every plot shows the age of its data.",
  },
  {
    target: ".hops",
    title: "Data path",
    text: "From the read-out to this browser. Start with the first stage that is not green.",
  },
  {
    target: ".ledger",
    title: "Every row is accounted for",
    text: "Hits, scintillator signals, status words, rejected rows: the sum must match. Click rejected rows to inspect them one by one.",
  },
  {
    target: "[data-testid=chart-hits]",
    title: "Hit rate vs time",
    text: "Steady lines are good. The strip below shows each light over time; triangles are alarms, diamonds are remarks. Click a time to see its window.",
  },
  {
    target: "[data-testid=alarms-open]",
    title: "An alarm",
    text: "The bell lists alarms with instructions. Acknowledge an alarm when you take care of it, so that others know.",
  },
  {
    target: "[data-testid=remarks-open]",
    title: "Write it down",
    text: "Remarks stay with the data. The camera next to this button saves evidence for the logbook; the shift report contains all of it.",
  },
  {
    target: "[data-testid=help-open]",
    title: "Help",
    text: "Press ? over a plot to see its typical faults and what to do.",
  },
];
