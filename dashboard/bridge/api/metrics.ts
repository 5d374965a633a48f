/** Metrics for Prometheus, read at each scrape. */
import { Counter, Gauge, Registry } from "prom-client";
import {
  fates,
  lightName,
  lightsOfQuality,
  qualityStates,
  ruleIds,
  type Quality,
  type SystemStatus,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import type { Monitor } from "../monitor/monitor.js";

interface MetricParts {
  monitor: Monitor;
  status: () => SystemStatus | null;
  viewers: () => { clients: number; behind: number };
}

export class BridgeMetrics {
  private readonly registry = new Registry();
  private readonly windows: Counter;
  private readonly corrections: Counter;
  private readonly rows: Counter;
  private newestEndMs: number | null = null;

  constructor(private readonly parts: MetricParts) {
    const registers = [this.registry];
    const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
      new Counter({ name: `muonitor_${name}`, help, labelNames, registers });
    this.windows = counter("windows_total", "Windows received, without corrections");
    this.corrections = counter("window_corrections_total", "Corrected windows received");
    this.rows = counter("rows_total", "Rows of the windows received, without corrections, by kind", ["kind"]);
    this.addGauges();
  }

  take(message: WindowMessage, isNew: boolean): void {
    this.newestEndMs = Math.max(this.newestEndMs ?? 0, message.window.end_ms);
    if (!isNew) return this.corrections.inc();
    this.windows.inc();
    for (const kind of fates) this.rows.inc({ kind }, message.ledger[kind]);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private addGauges(): void {
    const { monitor, status, viewers } = this.parts;
    const value = (name: string, help: string, read: () => number | null | undefined): void =>
      this.gauge(name, help, [], (set) => {
        const now = read();
        if (now != null) set({}, now);
      });
    value("data_age_seconds", "Now minus the end of the newest window", () =>
      this.newestEndMs === null ? null : (Date.now() - this.newestEndMs) / 1000,
    );
    value("window_latency_seconds", "Time from the end of the newest window to its message", () => {
      const ms = status()?.latency_ms;
      return ms == null ? null : ms / 1000;
    });
    value("clients", "Connected pages", () => viewers().clients);
    value("clients_behind", "Connected pages that are too slow", () => viewers().behind);
    value("open_windows", "Windows that may still be corrected", () => status()?.open_windows);
    value(
      "unread_messages",
      "Messages that the job skips because the topic of rows was deleted and created again",
      () => status()?.unread?.raw_messages,
    );
    value(
      "unread_rows",
      "Rows of windows that were not read before the topic of windows was deleted and created again",
      () => status()?.unread?.window_rows,
    );
    value("backlog_bytes", "Bytes waiting to be read by the pipeline", () => status()?.backlog_bytes);
    value(
      "late_dropped_messages",
      "Messages dropped as late since the start",
      () => status()?.late?.messages,
    );
    value("late_dropped_rows", "Rows dropped as late since the start", () => status()?.late?.rows);
    value("store_bytes", "Bytes of history on disk", () => status()?.store?.bytes);
    value("store_ok", "1 when history is kept", () => {
      const state = status()?.store?.state;
      return state === undefined ? null : Number(state === "ok");
    });
    value("flowing", "1 while the system reports no problem, 0 while it reports one", () => {
      const now = status();
      return now === null ? null : Number(now.problem === null);
    });
    value("missing_messages", "Messages of producers that were lost in the last minute", () =>
      findingNumber(monitor.quality, "sequence-gaps", "missing_messages"),
    );
    value("resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss());
    this.addParts();
    this.addHops();
    this.addQuality();
  }

  private addParts(): void {
    this.gauge("part_working", "1 while a part of the system works", ["part"], (set) => {
      for (const { name, problem } of this.parts.status()?.parts ?? [])
        set({ part: name }, Number(problem === null));
    });
  }

  private addHops(): void {
    const { status } = this.parts;
    this.gauge(
      "hop_age_seconds",
      "Time since the last heartbeat of a stage of the data path",
      ["hop"],
      (set) => {
        const now = status();
        for (const hop of now?.hops ?? [])
          if (now !== null && hop.last_ms !== null) set({ hop: hop.hop }, (now.now_ms - hop.last_ms) / 1000);
      },
    );
    this.gauge(
      "hop_rate",
      "Rate of a stage of the data path, in its unit per second",
      ["hop", "unit"],
      (set) => {
        for (const { hop, unit, rate_hz } of status()?.hops ?? [])
          if (rate_hz !== null) set({ hop, unit }, rate_hz);
      },
    );
  }

  private addQuality(): void {
    const { monitor } = this.parts;
    this.gauge("quality", "1 for the current state of a light", ["light", "state"], (set) => {
      for (const [light, state] of lightsOf(monitor.quality))
        for (const one of qualityStates) set({ light, state: one }, Number(one === state));
    });
    this.gauge("rule", "Active findings of a rule, by state", ["rule", "state"], (set) => {
      const findings = monitor.quality?.findings ?? [];
      for (const rule of ruleIds)
        for (const state of ["warning", "bad"])
          set({ rule, state }, findings.filter((one) => one.rule === rule && one.state === state).length);
    });
    this.gauge(
      "rule_light",
      "1 for the rule that determines the state of a light",
      ["rule", "light", "state"],
      (set) => {
        const { quality } = monitor;
        if (quality === null) return;
        for (const [light, { state, finding }] of lightsOfQuality(quality)) {
          const cause = quality.findings.find(({ key }) => key === finding);
          if (cause !== undefined) set({ rule: cause.rule, light: lightName(light), state }, 1);
        }
      },
    );
    this.counted(
      "outdated_windows_total",
      "Outdated versions of windows that arrived after newer ones and were skipped",
      [],
      (add) => add({}, monitor.outdatedWindows),
    );
    this.counted("alarms_total", "Alarms raised since the start, by rule", ["rule"], (add) => {
      for (const rule of ruleIds) add({ rule }, monitor.raisedAlarms.get(rule) ?? 0);
    });
    this.gauge("alarms", "Active alarms", ["state", "acknowledged"], (set) => {
      const active = monitor.alarms.filter((alarm) => alarm.cleared_ms === null);
      for (const state of ["warning", "bad"])
        for (const acknowledged of [true, false]) {
          const count = active.filter(
            (alarm) => alarm.finding.state === state && (alarm.acknowledged !== null) === acknowledged,
          ).length;
          set({ state, acknowledged: String(acknowledged) }, count);
        }
    });
  }

  /** A counter whose numbers are kept elsewhere. */
  private counted(name: string, help: string, labelNames: string[], read: Read): void {
    new Counter({
      ...this.described(name, help, labelNames),
      collect() {
        this.reset();
        read((labels, value) => this.inc(labels, value));
      },
    });
  }

  private gauge(name: string, help: string, labelNames: string[], read: Read): void {
    new Gauge({
      ...this.described(name, help, labelNames),
      collect() {
        this.reset();
        // A gauge without labels is 0 after a reset, but unknown values must be omitted.
        if (labelNames.length === 0) this.remove();
        read((labels, value) => this.set(labels, value));
      },
    });
  }

  private described(name: string, help: string, labelNames: string[]) {
    return { name: `muonitor_${name}`, help, labelNames, registers: [this.registry] };
  }
}

/** Passes the current values on, each with its labels. */
type Read = (put: (labels: Record<string, string>, value: number) => void) => void;

function lightsOf(quality: Quality | null): [string, string][] {
  if (quality === null) return [];
  const { whole, data, scintillator, chambers } = quality;
  return [
    ["whole", whole.state],
    ["data", data.state],
    ["scintillator", scintillator.state],
    ...chambers.map(({ state }, chamber) => [`chamber ${chamber}`, state] as [string, string]),
  ];
}

function findingNumber(quality: Quality | null, rule: string, name: string): number {
  return quality?.findings.find((finding) => finding.rule === rule)?.numbers[name] ?? 0;
}
