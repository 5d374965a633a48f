/** Builds the bridge's inner parts: history, judge, viewers, requests, metrics. */
import {
  defaultDetector,
  detectorViewOf,
  type DetectorConfig,
  type Faults,
  type RowSample,
  type SystemStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { answerRequests, requestsOf } from "./answers.js";
import { apiRoutes } from "./api/handler.js";
import { BridgeMetrics } from "./api/metrics.js";
import { openApiOf } from "./api/openapi.js";
import { createOperations } from "./api/operations.js";
import { HiddenFault } from "./hidden-fault.js";
import { WindowHistory } from "./history.js";
import { Monitor } from "./monitor/monitor.js";
import type { Rules } from "./quality/index.js";
import { unmappedChannels } from "./quality/unmapped-channels.js";
import type { Routes } from "./router.js";
import type { WindowPosition, PracticeControl, WindowSink } from "./source.js";
import { SetUpWatch } from "./set-up-watch.js";
import { StatusClock, withBridge } from "./status-clock.js";
import { StoreWatch } from "./store-watch.js";
import type { Store } from "./store/index.js";
import { Viewers, type BridgeServer } from "./viewers.js";
import type { Webhook } from "./webhook.js";

interface PartsOptions {
  store: Store;
  historyWindows: number;
  needsToken: boolean;
  version: string;
  practice?: PracticeControl | undefined;
  samples?: (() => RowSample[]) | undefined;
  rules?: Rules | undefined;
  detector?: DetectorConfig | undefined;
  webhook: Webhook | null;
  /** Public URL of the page; absent if not set. */
  publicUrl?: string | undefined;
  log: (line: string) => void;
}

export class BridgeParts {
  readonly viewers: Viewers;
  readonly monitor: Monitor;
  readonly metrics: BridgeMetrics;
  readonly clock: StatusClock;
  /** The HTTP interface. */
  readonly routes: Routes;
  private readonly history: WindowHistory;
  private readonly storeWatch: StoreWatch;
  private readonly hiddenFault: HiddenFault | null;
  private readonly setUpWatch: SetUpWatch;

  constructor(
    server: BridgeServer,
    private readonly options: PartsOptions,
  ) {
    const { store, webhook, rules, detector, historyWindows, samples } = options;
    this.history = new WindowHistory(historyWindows, Date.now());
    this.storeWatch = new StoreWatch(store);
    this.setUpWatch = new SetUpWatch(detector ?? defaultDetector, options.log);
    this.viewers = new Viewers(server, this.history, () => this.judged());
    this.monitor = new Monitor({
      store,
      history: this.history,
      ...(rules === undefined ? {} : { rules }),
      ...(detector === undefined ? {} : { detector }),
      unmappedChannels: (nowMs) => unmappedChannels(samples?.() ?? [], nowMs),
      listener: {
        window: (update) => this.viewers.sendWindow(update),
        quality: (quality) => this.viewers.sendQuality(quality),
        alarm: (alarm, live) => {
          this.viewers.sendAlarm(alarm);
          if (live) webhook?.take(alarm);
        },
        references: (references) => this.viewers.sendReferences(references),
        run: (state) => this.viewers.sendRun(state),
        remark: (remark) => this.viewers.sendRemark(remark),
      },
    });
    this.hiddenFault = this.createHiddenFault();
    const status = (): SystemStatus | null => this.viewers.status;
    this.metrics = new BridgeMetrics({ monitor: this.monitor, status, viewers: () => this.viewers.counts });
    this.clock = this.createClock();
    this.routes = this.createRoutes(status);
    this.answer(server);
  }

  /** Posts the alarms that were raised or cleared while the bridge was off; called once its address is known. */
  resumeWebhook(): void {
    this.options.webhook?.resume(this.monitor.alarms);
  }

  private judged(): ReturnType<ConstructorParameters<typeof Viewers>[2]> {
    const { quality, alarms, references, runState, remarks } = this.monitor;
    const detector = detectorViewOf(this.options.detector ?? defaultDetector);
    return {
      quality,
      alarms,
      references: references.list(),
      run: runState,
      remarks: remarks.newest,
      detector,
    };
  }

  private createHiddenFault(): HiddenFault | null {
    const { practice, detector = defaultDetector } = this.options;
    return practice === undefined
      ? null
      : new HiddenFault({ practice, detector, alarms: () => this.monitor.alarms });
  }

  private createClock(): StatusClock {
    return new StatusClock(
      this.viewers,
      (status) => this.complete(status),
      (status) => {
        this.viewers.pauseSlowViewers();
        this.monitor.takeStatus(status);
      },
    );
  }

  /** A status of the source, completed with the bridge's viewers, store and rules, and the current time. */
  complete(status: SystemStatus): SystemStatus {
    const nowMs = Date.now();
    const rule = this.monitor.rules.config.rules["stream-silent"];
    const { hop_seconds, window_lengths_warning, window_lengths_bad, extra_seconds } = rule;
    const limits = { hop_seconds, window_lengths_warning, window_lengths_bad, extra_seconds };
    const freshness = rule.enabled ? limits : null;
    const shown = this.hiddenFault?.mask(status) ?? status;
    const whole = withBridge({ ...shown, freshness }, this.viewers.counts.clients, nowMs);
    const { publicUrl } = this.options;
    const page = publicUrl === undefined ? {} : { page_url: publicUrl };
    const store = this.storeWatch.read(nowMs);
    const notices = [...(whole.notices ?? []), this.setUpWatch.notice, store.problem];
    return { ...whole, ...page, notices: notices.filter((notice) => notice !== null), store };
  }

  private requests(): ReturnType<typeof requestsOf> {
    const { store, practice, samples, detector = defaultDetector } = this.options;
    const { history, monitor, hiddenFault } = this;
    const onFaults = (faults: Faults): void => this.clock.setFaults(faults);
    const status = (): SystemStatus | null => this.viewers.status;
    return requestsOf({
      history,
      store,
      monitor,
      status,
      practice,
      hiddenFault,
      samples,
      detector,
      onFaults,
    });
  }

  private createRoutes(status: () => SystemStatus | null): Routes {
    const { store, version, needsToken, detector = defaultDetector } = this.options;
    const totals = (): unknown => this.history.totals;
    const operations = createOperations({
      monitor: this.monitor,
      store,
      requests: this.requests(),
      status,
      totals,
      detector: () => detectorViewOf(detector),
    });
    return apiRoutes(operations, openApiOf(operations, version, needsToken));
  }

  private answer(server: BridgeServer): void {
    const requests = this.requests();
    server.on("connection", (socket) => {
      answerRequests(socket, requests);
      this.viewers.welcome(socket);
    });
  }

  /** The entry point for windows and status. */
  get sink(): WindowSink {
    return {
      window: (message, position) => this.takeWindow(message, position),
      status: (status) => this.clock.update(status),
    };
  }

  private takeWindow(message: WindowMessage, position: WindowPosition | undefined): void {
    const isNew = this.history.before(message.msg_ID) === null;
    this.setUpWatch.take(message);
    this.viewers.pauseSlowViewers();
    if (this.monitor.takeWindow(message, position)) this.metrics.take(message, isNew);
  }
}
