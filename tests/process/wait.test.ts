/** Waiting ends by a condition, a deadline or a signal, and its result shows which. */
import { describe, expect, it } from "vitest";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { BackOff, pause, retry, together, waitFor, withDeadline } from "../../runners/process/index.js";

const never = new Promise<never>(() => undefined);
const interruption = new MuonitorError("interrupted");
const soonAborted = (): AbortSignal => {
  const ending = new AbortController();
  setImmediate(() => ending.abort(interruption));
  return ending.signal;
};

describe("waitFor", () => {
  it("returns the value of the condition as soon as it exists", async () => {
    const answers = [null, undefined, false, 0];
    expect(await waitFor(() => answers.shift(), { everyMs: 1 })).toBe(0);
  });

  it("tries at least once and returns null after the time limit", async () => {
    let tries = 0;
    expect(await waitFor(() => ++tries > 5, { everyMs: 10_000, withinMs: 0 })).toBeNull();
    expect(tries).toBe(1);
    expect(await waitFor(() => false, { everyMs: 10_000, withinMs: 5 })).toBeNull();
  });

  it("ends on the signal, with its reason", async () => {
    const waiting = waitFor(() => false, { everyMs: 60_000, signal: soonAborted() });
    await expect(waiting).rejects.toBe(interruption);
    await expect(pause(60_000, soonAborted())).rejects.toBe(interruption);
    await expect(pause(0, AbortSignal.abort(interruption))).rejects.toBe(interruption);
  });
});

describe("withDeadline", () => {
  it("returns the answer of a call", async () => {
    expect(await withDeadline(() => Promise.resolve(5), 1000, "Kafka")).toBe(5);
    await expect(withDeadline(() => Promise.reject(interruption), 1000, "x")).rejects.toBe(interruption);
  });

  it("names the server that does not answer, and aborts the call", async () => {
    let aborted = false;
    const call = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener("abort", () => (aborted = true));
      return never;
    };
    const given = withDeadline(call, 20, "Kafka at 127.0.0.1:1");
    await expect(given).rejects.toThrow(UnavailableError);
    await expect(given).rejects.toThrow("Kafka at 127.0.0.1:1 does not answer within 0.02 s");
    expect(aborted).toBe(true);
  });

  it("ends on the signal, with its reason, whatever the call does", async () => {
    await expect(withDeadline(() => never, 60_000, "x", soonAborted())).rejects.toBe(interruption);
    const asFetch = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("AbortError"))));
    await expect(withDeadline(asFetch, 60_000, "x", soonAborted())).rejects.toBe(interruption);
    await expect(withDeadline(() => never, 5, "x", AbortSignal.abort(interruption))).rejects.toBe(
      interruption,
    );
  });
});

describe("retry", () => {
  const pauses = { firstMs: 1, longestMs: 2 };
  const failing = (errors: Error[]) => (): Promise<string> => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };

  it("retries transient errors, and reports them", async () => {
    const seen: unknown[] = [];
    const errors = [new UnavailableError("a"), new UnavailableError("b")];
    const done = retry(failing(errors), {
      ...pauses,
      onRetry: (error) => seen.push((error as Error).message),
    });
    expect(await done).toBe("done");
    expect(seen).toEqual(["a", "b"]);
  });

  it("does not retry permanent errors, and limits the number of retries and the time", async () => {
    const three = (): Error[] => ["a", "b", "c"].map((text) => new UnavailableError(text));
    await expect(retry(failing([interruption]), pauses)).rejects.toBe(interruption);
    await expect(retry(failing([new Error("bug")]), pauses)).rejects.toThrow("bug");
    await expect(retry(failing(three()), { ...pauses, attempts: 2 })).rejects.toThrow("b");
    await expect(retry(failing(three()), { ...pauses, withinMs: 0 })).rejects.toThrow("a");
    const isRetriable = (error: unknown): boolean => (error as Error).message === "a";
    await expect(retry(failing(three()), { ...pauses, isRetriable })).rejects.toThrow("b");
  });

  it("ends on the signal, with its reason", async () => {
    const isRetriable = (): boolean => true;
    const given = retry(() => Promise.reject(new Error("x")), {
      firstMs: 60_000,
      longestMs: 60_000,
      isRetriable,
      signal: soonAborted(),
    });
    await expect(given).rejects.toBe(interruption);
  });

  it("pauses are doubled up to the maximum", () => {
    const backOff = new BackOff({ firstMs: 500, longestMs: 1500 });
    expect([backOff.next(), backOff.next(), backOff.next()]).toEqual([500, 1000, 1500]);
    backOff.reset();
    expect(backOff.next()).toBe(500);
  });
});

describe("together", () => {
  it("runs all at the same time and returns their values", async () => {
    let arrived = 0;
    const both = async (): Promise<number> => {
      arrived += 1;
      await waitFor(() => arrived === 2, { everyMs: 1, withinMs: 60_000 });
      return arrived;
    };
    expect(await together([both, both])).toEqual([2, 2]);
  });

  it("throws the first error when the others have ended, which are aborted", async () => {
    const ended: unknown[] = [];
    const other = async (signal: AbortSignal): Promise<void> => {
      await pause(60_000, signal).catch((reason: unknown) => ended.push(reason));
      throw new MuonitorError("a consequence");
    };
    await expect(together([other, () => Promise.reject(interruption), other])).rejects.toBe(interruption);
    expect(ended).toEqual([interruption, interruption]);
  });

  it("passes on the signal of the caller", async () => {
    const waiting = (signal: AbortSignal): Promise<void> => pause(60_000, signal);
    await expect(together([waiting, waiting], soonAborted())).rejects.toBe(interruption);
  });
});
