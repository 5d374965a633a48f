/** Output and exit code of a failing command: one line, unless it is a bug. */
import { describe, expect, it } from "vitest";
import { InterruptedError, MuonitorError, UnavailableError, UsageError } from "../../pipeline/model/index.js";
import { OutputClosed } from "../../runners/cli/output.js";
import { reportError } from "../../runners/cli/report-error.js";
import { contextOf } from "./run-cli.js";

function report(error: unknown, signal?: AbortSignal): [number, string] {
  const context = contextOf(signal === undefined ? {} : { signal });
  const code = reportError(error, context);
  return [code, (context.stderr as unknown as { text: string }).text];
}

const coded = (code: string | number, more: object = {}): Error =>
  Object.assign(new Error("reason"), { code, ...more });

describe("an error", () => {
  it.each([
    ["of usage", new UsageError("reason"), 2],
    ["of Muonitor", new MuonitorError("reason"), 1],
    ["of the disk", coded("ENOSPC"), 1],
    ["of the network", coded("ECONNRESET"), 1],
    ["of Kafka's client", Object.assign(new Error("reason"), { name: "KafkaJSConnectionError" }), 1],
    ["of gRPC", coded(14, { details: "x" }), 1],
    ["caused by a network error", new TypeError("reason", { cause: coded("ECONNREFUSED") }), 1],
  ])("%s is reported in one line", (_, error, code) => {
    expect(report(error)).toEqual([code, "muonitor: reason\n"]);
  });

  it("of the program is reported as a bug, with its stack", () => {
    const [code, stderr] = report(new TypeError("x is not a function"));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^muonitor: this is a bug, please report it\nTypeError: x is not a function\n {4}at /,
    );
  });

  it("because the reader has closed the pipe is not a failure", () => {
    expect(report(new OutputClosed())).toEqual([0, ""]);
  });
});

describe("after Ctrl-C", () => {
  const interrupted = AbortSignal.abort(new InterruptedError());
  const cut = new DOMException("This operation was aborted", "AbortError");

  it.each([
    ["the interruption", interrupted.reason],
    ["a call that was cut off", cut],
    ["a connection that was closed", new UnavailableError("Kafka does not answer")],
    ["an error of a library", new Error("closed")],
  ])("%s is reported as interrupted", (_, error) => {
    expect(report(error, interrupted)).toEqual([130, "muonitor: interrupted\n"]);
  });

  it("another signal gives its own exit code", () => {
    expect(report(cut, AbortSignal.abort(new InterruptedError("SIGTERM")))[0]).toBe(143);
  });

  it("a hint of the verb is kept", () => {
    const error = new InterruptedError(undefined, "run the same command to resume");
    expect(report(error, interrupted)).toEqual([130, `muonitor: ${error.message}\n`]);
  });

  it("losses are still reported", () => {
    expect(report(new MuonitorError("3 rows not accepted"), interrupted)).toEqual([
      1,
      "muonitor: 3 rows not accepted\n",
    ]);
  });
});
