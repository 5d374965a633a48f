/** Saves the evidence for the logbook as a file, and copies its summary to the clipboard. */
import { onMounted } from "vue";
import { knownUnmapped } from "../../../pipeline/model/index.js";
import { evidenceHtml, evidenceText } from "../evidence/document.js";
import { evidenceSchema, type Evidence, type EvidencePlot } from "../evidence/evidence.js";
import { paperLook, paperPicture } from "../components/offscreen-chart.js";
import { findingWords } from "../words/findings.js";
import { downloadText } from "../components/download.js";
import { standing } from "../live/alarms.js";
import { RunningSum } from "../live/muon-sums.js";
import type { Picture } from "../live/picture.js";
import type { Monitor } from "./useMonitor.js";
import { muonLook } from "./useMuons.js";
import type { Plots } from "./usePlots.js";
import { comparedNames, runOf } from "./usePlotOrigin.js";
import { pinnedLink } from "./pinned-link.js";
import { useDataAge } from "./useDataAge.js";
import { useShifter } from "./useShifter.js";
import { isLocalAddress } from "./useView.js";

export function useEvidence(monitor: Monitor, plots: Plots): () => Promise<void> {
  const { ageMs } = useDataAge(monitor);
  const shifter = useShifter();
  onMounted(() => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => void alarmCharts().catch(() => undefined));
  });
  return async () => {
    const evidence = collect(monitor, ageMs.value, shifter.value);
    const ofAlarms = await alarmPlots(monitor);
    const shown = plots.all().map((plot): EvidencePlot => ({ title: plot.title(), image: plot.paper() }));
    const drawn = [...ofAlarms, ...shown.filter(({ title }) => !ofAlarms.some((one) => one.title === title))];
    const time = new Date(evidence.taken_ms).toISOString().slice(0, 19).replaceAll(":", "");
    downloadText(`muonitor-evidence-${time}Z.html`, evidenceHtml(evidence, drawn), "text/html");
    // Browsers may forbid the clipboard; the file is essential.
    if ("clipboard" in navigator) {
      await navigator.clipboard.writeText(evidenceText(evidence)).catch(() => undefined);
    }
  };
}

/** The code of muon charts is loaded when the page is idle. */
const alarmCharts = (): Promise<typeof import("../charts/of-finding.js")> =>
  import("../charts/of-finding.js");

/** Maximum number of plots of alarms. */
const maxAlarmPlots = 6;

/** The plots of the active alarms, each once, independent of the open tab. */
async function alarmPlots({ alarms, picture, lookOf }: Monitor): Promise<EvidencePlot[]> {
  // Without a connection they may fail to load; the file still contains the plots shown.
  const charts = await alarmCharts().catch(() => null);
  if (charts === null) return [];
  const { plotOfFinding } = charts;
  const counts = new RunningSum().of(picture.value?.parts ?? []);
  const data = { picture: picture.value, counts: () => counts, lookWith: muonLook };
  const plots = new Map<string, EvidencePlot>();
  for (const { finding } of standing(alarms.value)) {
    const plot = plotOfFinding(finding, data, { ...lookOf("evidence"), ...paperLook });
    if (plot === null || plots.has(plot.title) || plots.size >= maxAlarmPlots) continue;
    const caption = { title: plot.title, lines: [findingWords(finding)] };
    plots.set(plot.title, { title: plot.title, image: paperPicture(plot.spec, caption) });
  }
  return [...plots.values()];
}

function collect(monitor: Monitor, dataAgeMs: number | null, by: string): Evidence {
  const { quality, alarms, run, picture, compared } = monitor;
  return {
    schema: evidenceSchema,
    taken_ms: Math.round(monitor.serverNow.value),
    by,
    ...systemOf(monitor),
    run:
      runOf(run.value?.current ?? null, picture.value?.startMs ?? null) === null
        ? null
        : (run.value?.current ?? null),
    link: pinnedLink(monitor),
    link_is_local: isLocalAddress(pinnedLink(monitor)),
    connection: monitor.connection.value,
    data_age_ms: dataAgeMs === null ? null : Math.round(dataAgeMs),
    window_ids: windowIds(monitor),
    ...newestOf(monitor),
    quality: quality.value,
    chamber_names: monitor.chambers.value.map(({ name }) => name),
    alarms: standing(alarms.value),
    reference: comparedNames(compared.value),
    picture: picture.value && withSum(picture.value),
  };
}

/** Replaces the counts of the windows by their sum, so that the file stays small. */
function withSum(picture: Picture): Picture {
  const sum = new RunningSum().of(picture.parts);
  return { ...picture, parts: sum === null ? [] : [sum] };
}

type SystemPart = Pick<Evidence, "stream" | "source" | "demo" | "version" | "late" | "hops">;
const unknownSystem: SystemPart = { stream: "", source: "", demo: false, version: "", late: null, hops: [] };

function systemOf({ status }: Monitor): SystemPart {
  if (status.value === null) return unknownSystem;
  const { stream, source, demo, version, late, hops } = status.value;
  return { stream, source, demo, version, late, hops };
}

function newestOf({
  message,
  shown,
}: Monitor): Pick<Evidence, "window_id" | "ledger" | "ledger_since_start" | "known_unmapped"> {
  return {
    window_id: message.value?.msg_ID ?? null,
    ledger: message.value?.ledger ?? null,
    ledger_since_start: shown.value.totals?.ledger ?? null,
    known_unmapped: {
      window: message.value === null ? 0 : knownUnmapped(message.value),
      since_start: shown.value.totals?.known_unmapped ?? 0,
    },
  };
}

/** The known windows in the time covered by the histograms. */
function windowIds({ known, picture }: Monitor): number[] {
  const { startMs, endMs } = picture.value ?? { startMs: null, endMs: null };
  if (startMs === null || endMs === null) return [];
  const covered = known.value.filter(({ start_ms, end_ms }) => start_ms >= startMs && end_ms <= endMs);
  return covered.map(({ msg_ID }) => msg_ID);
}
