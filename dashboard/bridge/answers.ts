/** The requests of viewers: every one is checked, every one is answered, too many end the connection. */
import type { Answer, Faults } from "../../pipeline/model/index.js";
import type { WindowHistory } from "./history.js";
import { checkFaults, checkRate, checkWindowIds, refusal } from "./requests.js";
import type { PracticeControl } from "./source.js";
import { isSlow, type BridgeSocket } from "./viewers.js";

/** More packets than this within a second are no shifter's. */
const maxPacketsPerSecond = 50;

export interface AnswerOptions {
  history: WindowHistory;
  practice: PracticeControl | undefined;
  /** Called with all faults after a viewer switched some. */
  onFaults: (faults: Faults) => void;
}

type Reply = (answer: Answer<unknown>) => void;

/** Makes a socket's requests heard. What arrives has any type whatever the compiler believes. */
export function answerRequests(socket: BridgeSocket, options: AnswerOptions): void {
  limitRate(socket);
  socket.on("windows", (ids: unknown, reply: unknown) => {
    if (isReply(reply)) reply(isSlow(socket) ? refusal("busy") : findWindows(ids, options));
  });
  socket.on("rate", (rateHz: unknown, reply: unknown) => {
    if (isReply(reply)) void setRate(rateHz, options).then(reply);
  });
  socket.on("faults", (change: unknown, reply: unknown) => {
    if (isReply(reply)) void switchFaults(change, options).then(reply);
  });
}

function isReply(reply: unknown): reply is Reply {
  return typeof reply === "function";
}

function findWindows(ids: unknown, { history }: AnswerOptions): Answer<unknown> {
  const checked = checkWindowIds(ids);
  return checked.ok ? { ok: true, value: history.byIds(checked.value) } : checked;
}

async function switchFaults(change: unknown, { practice, onFaults }: AnswerOptions): Promise<Answer<Faults>> {
  if (practice === undefined) return refusal("only the simulator's faults can be switched");
  const checked = checkFaults(change);
  if (!checked.ok) return checked;
  return answered(async () => {
    const faults = await practice.setFaults(checked.value);
    onFaults(faults);
    return faults;
  });
}

async function setRate(rateHz: unknown, { practice }: AnswerOptions): Promise<Answer<number>> {
  const set = practice?.setRate?.bind(practice);
  if (set === undefined) return refusal("only the simulator's rate can be set");
  const checked = checkRate(rateHz);
  return checked.ok ? answered(() => set(checked.value)) : checked;
}

async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return refusal(error instanceof Error ? error.message : "it could not be switched");
  }
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
