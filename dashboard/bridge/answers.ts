/** Handles the requests of viewers: checks and answers each; too many within a second close the connection. */
import type {
  Answer,
  DetectorConfig,
  Faults,
  HiddenRound,
  RevealedRound,
  RowSample,
  SystemStatus,
} from "../../pipeline/model/index.js";
import type { HiddenFault } from "./hidden-fault.js";
import { requestSchemas } from "../../pipeline/model/schema/requests.js";
import type { WindowHistory } from "./history.js";
import type { Monitor } from "./monitor/monitor.js";
import { monitorRequests, type RequestHandler } from "./monitor/requests.js";
import { checkFaults, checkRequest, refusal } from "./requests.js";
import type { PracticeControl } from "./source.js";
import type { Store } from "./store/index.js";
import { isSlow, type BridgeSocket } from "./viewers.js";

/** More than a shifter can cause. */
const maxPacketsPerSecond = 50;

interface AnswerOptions {
  history: WindowHistory;
  store: Store;
  monitor: Monitor;
  /** The newest status as sent to viewers. */
  status: () => SystemStatus | null;
  practice: PracticeControl | undefined;
  /** Null when the source is not the simulator. */
  hiddenFault: HiddenFault | null;
  detector: DetectorConfig;
  samples: (() => RowSample[]) | undefined;
  /** Called with all faults after a viewer switched some. */
  onFaults: (faults: Faults) => void;
}

type Reply = (answer: Answer<unknown>) => void;

/** All requests by name, for the socket and the HTTP interface. */
export function requestsOf(options: AnswerOptions): Record<string, RequestHandler> {
  const { monitor, store, status, samples } = options;
  return {
    ...monitorRequests({ monitor, store, status, samples }),
    windows: (ids) => findWindows(ids, options),
    rate: (rateHz) => setRate(rateHz, options),
    faults: (change) => switchFaults(change, options),
    surprise: () => beginRound(options),
    reveal: () => reveal(options),
  };
}

/** Registers the request handlers on a socket. Payloads are unchecked, whatever their declared types. */
export function answerRequests(socket: BridgeSocket, requests: Record<string, RequestHandler>): void {
  limitRate(socket);
  for (const [name, handle] of Object.entries(requests)) {
    socket.on(name as "rules", (...args: unknown[]) => {
      const reply = args.findLast(isReply);
      if (reply !== undefined) void answer(socket, handle, args[0] === reply ? undefined : args[0], reply);
    });
  }
}

async function answer(
  socket: BridgeSocket,
  handle: RequestHandler,
  payload: unknown,
  reply: Reply,
): Promise<void> {
  if (isSlow(socket)) return reply(refusal("busy"));
  try {
    reply(await handle(payload));
  } catch (error) {
    reply(refusal(error instanceof Error ? error.message : "the request failed"));
  }
}

function isReply(reply: unknown): reply is Reply {
  return typeof reply === "function";
}

function findWindows(ids: unknown, { history, store }: AnswerOptions): Answer<unknown> {
  const checked = checkRequest(requestSchemas.windows, ids);
  if (!checked.ok) return checked;
  const held = new Map(history.byIds(checked.value).map((message) => [message.msg_ID, message]));
  const older = store.windowsByIds(checked.value.filter((id) => !held.has(id)));
  for (const message of older) held.set(message.msg_ID, message);
  return { ok: true, value: checked.value.flatMap((id) => held.get(id) ?? []) };
}

async function switchFaults(
  change: unknown,
  { practice, hiddenFault, detector, onFaults }: AnswerOptions,
): Promise<Answer<Faults>> {
  if (practice === undefined) return refusal("only the simulator's faults can be switched");
  const checked = checkFaults(change, detector);
  if (!checked.ok) return checked;
  if (hiddenFault?.isRunning === true) return refusal("a hidden fault is running: reveal it first");
  const faults = await practice.setFaults(checked.value);
  onFaults(faults);
  return { ok: true, value: faults };
}

async function beginRound({ hiddenFault }: AnswerOptions): Promise<Answer<HiddenRound>> {
  if (hiddenFault === null) return refusal("only the simulator's faults can be switched");
  return { ok: true, value: await hiddenFault.begin() };
}

function reveal({ hiddenFault }: AnswerOptions): Answer<RevealedRound> {
  const revealed = hiddenFault?.reveal() ?? null;
  return revealed === null ? refusal("no hidden fault is running") : { ok: true, value: revealed };
}

async function setRate(rateHz: unknown, { practice }: AnswerOptions): Promise<Answer<number>> {
  const set = practice?.setRate?.bind(practice);
  if (set === undefined) return refusal("only the simulator's rate can be set");
  const checked = checkRequest(requestSchemas.rate, rateHz);
  return checked.ok ? { ok: true, value: await set(checked.value) } : checked;
}

function limitRate(socket: BridgeSocket): void {
  let [second, packets] = [0, 0];
  socket.use((_packet, next) => {
    const now = Math.floor(performance.now() / 1000);
    [second, packets] = now === second ? [second, packets + 1] : [now, 1];
    if (packets <= maxPacketsPerSecond) next();
    else socket.disconnect(true);
  });
}
