/** Requests to the bridge as promises. */
import type { Answer, ClientToServerEvents } from "../../../pipeline/model/index.js";
import type { PageSocket } from "./useLiveWindows.js";

type Requests = ClientToServerEvents;
type RequestName = keyof Requests;
type Arguments<Name extends RequestName> =
  Parameters<Requests[Name]> extends [...infer Given, (answer: never) => void] ? Given : never;
type Value<Name extends RequestName> =
  Parameters<Requests[Name]> extends [...unknown[], (answer: Answer<infer V>) => void] ? V : never;

/** Sends a request and resolves to its answer; never rejects. */
export type Ask = <Name extends RequestName>(
  name: Name,
  ...given: Arguments<Name>
) => Promise<Answer<Value<Name>>>;

const answerTimeoutMs = 10_000;
const silence = { ok: false, error: "the bridge did not answer" } as const;

export function asker(socket: PageSocket): Ask {
  return async (name, ...given) => {
    // The type of Ask checks names and values; the socket's own types cannot handle a variable name.
    const plain = socket as unknown as { timeout: (ms: number) => Emitter };
    try {
      return (await plain.timeout(answerTimeoutMs).emitWithAck(name, ...given)) as Answer<never>;
    } catch {
      return silence;
    }
  };
}

interface Emitter {
  emitWithAck: (name: string, ...given: unknown[]) => Promise<unknown>;
}

/** The error in one line, or null. */
export function problemOf(answer: Answer<unknown>): string | null {
  return answer.ok ? null : answer.error;
}
