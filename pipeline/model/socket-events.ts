/** The socket events that bridge and page share. */
import type { DetectorView } from "./detector-view.js";
import type { Faults } from "./faults.js";
import type { HiddenRound, RevealedRound } from "./hidden-fault.js";
import type { Ledger } from "./ledger.js";
import type { WindowMessage } from "./message.js";
import type { LightHistory } from "./lights.js";
import { knownUnmapped } from "./muons.js";
import type { Alarm, Quality, QualityChange, RuleText } from "./quality.js";
import type { Acceptance, PastSpan, PictureSpan, Reference, ReferenceInfo, WindowSum } from "./reference.js";
import type { QuantityPoint } from "./quantities.js";
import type { Remark } from "./remark.js";
import type { Run, RunState } from "./run.js";
import type { RowSample } from "./sample.js";
import type {
  AcceptNormalRequest,
  AcknowledgeRequest,
  CommentRunRequest,
  LightsRequest,
  PageRequest,
  PointsRequest,
  QuantitiesRequest,
  RemarkRequest,
  SilenceRequest,
  SpanRequest,
  StartRunRequest,
  TakeReferenceRequest,
  WithdrawRemarkRequest,
} from "./schema/requests.js";
import type { ShiftReport } from "./shift-report.js";
import type { SystemStatus } from "./status.js";
import type { CellTrend, CellTrendRequest, TrendColumns, TrendRequest } from "./trend.js";

export type { PointsRequest, StartRunRequest } from "./schema/requests.js";

/** Increases when an event changes its meaning; a page with another number reloads itself. */
export const socketProtocol = 2;

/** The message of a refused connection (`connect_error`) when the required token is missing or wrong. */
export const tokenRefused = "token";

/** The numbers of a window that the trend plots need. */
export interface TrendPoint {
  msg_ID: number;
  start_ms: number;
  end_ms: number;
  hit_count: number;
  hit_count_chamber: number[];
  ledger: Ledger;
  /** Unmapped rows of the ledger whose channels are named in the detector; absent without any. */
  known_unmapped?: number;
  partial: boolean;
  revision: number;
}

/** The numbers of a window for the trend. */
export function trendPointOf(message: WindowMessage): TrendPoint {
  const known = knownUnmapped(message);
  return {
    msg_ID: message.msg_ID,
    start_ms: message.window.start_ms,
    end_ms: message.window.end_ms,
    hit_count: message.hit_count,
    hit_count_chamber: message.hit_count_chamber,
    ledger: message.ledger,
    ...(known === 0 ? {} : { known_unmapped: known }),
    partial: message.partial,
    revision: message.revision,
  };
}

/** Sums since the last reset (see RunState). A corrected window replaces its previous version. */
export interface Totals {
  since_ms: number;
  windows: number;
  hit_count: number;
  hit_count_chamber: number[];
  ledger: Ledger;
  /** Unmapped rows of the ledger whose channels are named in the detector; absent without any. */
  known_unmapped?: number;
}

/** A window as the bridge sends it. */
export interface WindowUpdate {
  /** Increases with each update of the bridge. A resumed viewer gets only the newest update of each window. */
  cursor: number;
  message: WindowMessage;
  totals: Totals;
}

/** Everything that a page needs to start. */
export interface Snapshot {
  protocol: number;
  /** Changes when the bridge restarts: cursors of another epoch are invalid. */
  epoch: string;
  cursor: number;
  status: SystemStatus | null;
  totals: Totals;
  /** Every window that the bridge still holds, oldest first. */
  trend: TrendPoint[];
  /** The newest windows in full, oldest first. */
  windows: WindowMessage[];
  /** Null before the first judgement. */
  quality: Quality | null;
  /** All active alarms and the newest of the cleared ones, newest first. */
  alarms: Alarm[];
  references: ReferenceInfo[];
  run: RunState;
  /** The newest ones, newest first. */
  remarks: Remark[];
  /** The bridge's set-up; absent from an older bridge. */
  detector?: DetectorView;
}

/** Maximum `limit` of a {@link PageRequest} and of a {@link PointsRequest}. */
export const maxPageLength = 500;

/** Maximum number of windows in one request. */
export const maxRequestedWindows = 24;

/** The answer to a request of a viewer; `error` is one line. */
export type Answer<T> = { ok: true; value: T } | { ok: false; error: string };

export interface ServerToClientEvents {
  /** Sent on connect, unless the handshake contains a cursor from which the bridge still has all updates. */
  snapshot: (snapshot: Snapshot) => void;
  /** A new window or a corrected one. */
  window: (update: WindowUpdate) => void;
  /** Once a second. */
  status: (status: SystemStatus) => void;
  /** Sent after every judged window, and between windows when something has changed. */
  quality: (quality: Quality) => void;
  /** An alarm that was raised, changed, acknowledged or cleared; replaces the alarm with the same id. */
  alarm: (alarm: Alarm) => void;
  /** The list of references or the choice among them changed. */
  references: (references: ReferenceInfo[]) => void;
  /** A run began, ended or got a comment; or "since start" was reset, and totals restart with the next window. */
  run: (state: RunState) => void;
  /** A remark that was written or withdrawn; replaces the remark with the same id. */
  remark: (remark: Remark) => void;
}

type Reply<T> = (answer: Answer<T>) => void;

export interface ClientToServerEvents {
  /** Whole windows by number, as far as the bridge still has them. */
  windows: (ids: number[], answer: (answer: Answer<WindowMessage[]>) => void) => void;
  /** Sets the rate of the simulator (practice mode), rows/s; answers with the new rate. */
  rate: (rateHz: number, answer: (answer: Answer<number>) => void) => void;
  /** Switches faults of the simulator (practice mode); answers with all faults. */
  faults: (change: Partial<Faults>, answer: (answer: Answer<Faults>) => void) => void;
  /** Clears all faults and begins a round with a hidden fault or none; ends the previous round. */
  surprise: (answer: Reply<HiddenRound>) => void;
  /** Ends the round with the hidden fault and reveals it. The fault stays until it is switched off. */
  reveal: (answer: Reply<RevealedRound>) => void;

  /** Acknowledges an alarm; a second acknowledgement replaces the first. */
  acknowledge: (request: AcknowledgeRequest, answer: Reply<Alarm>) => void;
  /** Mutes the sound and notices of an alarm until a given time. */
  silence: (request: SilenceRequest, answer: Reply<Alarm>) => void;
  /** The states of all lights in a span of time. */
  lights: (request: LightsRequest, answer: Reply<LightHistory[]>) => void;
  /** Writes a remark. */
  remark: (request: RemarkRequest, answer: Reply<Remark>) => void;
  /** Withdraws a remark, which remains visible and marked as withdrawn. */
  withdrawRemark: (request: WithdrawRemarkRequest, answer: Reply<Remark>) => void;
  /** Remarks that overlap a span of time, oldest first. */
  remarks: (request: SpanRequest, answer: Reply<Remark[]>) => void;
  /** The report of a shift. */
  report: (request: SpanRequest, answer: Reply<ShiftReport>) => void;
  /** Derived quantities over some time. */
  quantities: (request: QuantitiesRequest, answer: Reply<QuantityPoint[]>) => void;
  /** Alarms raised before a moment, newest first. */
  alarms: (request: PageRequest, answer: Reply<Alarm[]>) => void;
  /** Changes of the lights, newest first. */
  changes: (request: PageRequest, answer: Reply<QualityChange[]>) => void;
  /** All rules in words. */
  rules: (answer: Reply<RuleText[]>) => void;

  /** Trend points of the windows that the bridge holds in full, oldest first. */
  points: (request: PointsRequest, answer: Reply<TrendPoint[]>) => void;
  /** Long history; use `windows` for whole windows. */
  trend: (request: TrendRequest, answer: Reply<TrendColumns>) => void;
  cellTrend: (request: CellTrendRequest, answer: Reply<CellTrend>) => void;
  /** The sum of windows, for a viewer that connected late or looks at the past. */
  picture: (span: PictureSpan | PastSpan, answer: Reply<WindowSum>) => void;

  /** A stored reference in full. */
  reference: (id: string, answer: Reply<Reference>) => void;
  /** Stores the picture of the newest windows as a reference, without choosing it for comparison. */
  takeReference: (request: TakeReferenceRequest, answer: Reply<ReferenceInfo>) => void;
  /** The rules compare with one to three references from now on; null: with the data's own past. Answers with the list. */
  chooseReference: (id: string | string[] | null, answer: Reply<ReferenceInfo[]>) => void;
  /** "This is normal now": from now on the rules compare with the data that follows, and with no reference. */
  acceptNormal: (request: AcceptNormalRequest, answer: Reply<Acceptance>) => void;
  /** Earlier declarations, oldest first. */
  acceptances: (answer: Reply<Acceptance[]>) => void;
  deleteReference: (id: string, answer: Reply<ReferenceInfo[]>) => void;

  /** Ends the current run, if any, and starts a new one; resets "since start". */
  startRun: (request: StartRunRequest, answer: Reply<RunState>) => void;
  stopRun: (answer: Reply<RunState>) => void;
  commentRun: (request: CommentRunRequest, answer: Reply<Run>) => void;
  /** Past runs, newest first. */
  runs: (request: PageRequest, answer: Reply<Run[]>) => void;
  /** "Since start" counts from now on; the run continues. */
  resetTotals: (answer: Reply<RunState>) => void;

  /** The last rows that are in no histogram (see sampleKinds), newest first. */
  samples: (answer: Reply<RowSample[]>) => void;
}

/** Sent by a page in the handshake, to receive only the windows it missed. */
export interface HandshakeAuth {
  protocol: number;
  epoch?: string;
  cursor?: number;
  /** Required if the bridge has one. */
  token?: string;
}
