/** The views of the page, in the order of their tabs. */
export const tabs = [
  { id: "overview", name: "Overview" },
  { id: "occupancy", name: "Occupancy" },
  { id: "scintillator", name: "Scintillator" },
  { id: "active", name: "Active channels" },
  { id: "drift", name: "Drift time" },
  { id: "muons", name: "Muons" },
  { id: "readout", name: "Read-out" },
  { id: "history", name: "History" },
] as const;

export type Tab = (typeof tabs)[number]["id"];

export function isTab(text: string): text is Tab {
  return tabs.some(({ id }) => id === text);
}
