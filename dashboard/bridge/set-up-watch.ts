/** Reports messages of another set-up: the bridge would show them with the wrong names, views and masks. */
import { defaultDetectorName, type DetectorConfig, type WindowMessage } from "../../pipeline/model/index.js";

export class SetUpWatch {
  /** A warning while the newest message is of another set-up, else null. */
  notice: string | null = null;

  constructor(
    private readonly detector: DetectorConfig,
    private readonly log: (line: string) => void,
  ) {}

  take(message: WindowMessage): void {
    const notice = this.noticeOf(message);
    if (notice !== null && notice !== this.notice) this.log(notice);
    this.notice = notice;
  }

  private noticeOf({ config_hash, detector, hit_count_chamber }: WindowMessage): string | null {
    const { name = defaultDetectorName, configHash, chambers } = this.detector;
    if (config_hash === configHash && hit_count_chamber.length === chambers.length) return null;
    const other = config_hash === undefined ? defaultDetectorName : (detector ?? `with hash ${config_hash}`);
    const of = `set-up ${other} (${hit_count_chamber.length} chambers)`;
    return `messages are of ${of}, the bridge has ${name} (${chambers.length}): restart it with --detector and the pipeline's file`;
  }
}
