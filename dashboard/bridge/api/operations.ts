/** All operations of the HTTP interface. Each is equivalent to a request of the socket. */
import type { Alarm, QualityChange, Run } from "../../../pipeline/model/index.js";
import { requestSchemas } from "../../../pipeline/model/schema/requests.js";
import { checkReference } from "../monitor/check-reference.js";
import { noPlace } from "../monitor/references.js";
import { refusal } from "../requests.js";
import { historyOperations } from "./history-operations.js";
import { shiftOperations } from "./shift-operations.js";
import { asker, inPath, paged, queryOf, queryParameters, type ApiParts } from "./operation-parts.js";
import type { Operation } from "./operation.js";

const { page } = requestSchemas;

export function createOperations(parts: ApiParts): Operation[] {
  return [
    ...stateOperations(parts),
    ...historyOperations(parts),
    ...shiftOperations(parts),
    ...referenceOperations(parts),
    ...runOperations(parts),
  ];
}

function stateOperations({ monitor, store, requests, status, totals, detector }: ApiParts): Operation[] {
  const ask = asker(requests);
  return [
    {
      method: "GET",
      path: "/api/v1/state",
      summary: "The current state: system status, quality, active alarms, run, totals",
      answer: "State",
      run: () => {
        const { quality, alarms, runState } = monitor;
        const active = alarms.filter((alarm) => alarm.cleared_ms === null);
        const run = runState;
        return { ok: true, value: { status: status(), quality, alarms: active, run, totals: totals() } };
      },
    },
    {
      method: "GET",
      path: "/api/v1/quality",
      summary: "Lights and findings",
      answer: "Quality",
      run: () =>
        monitor.quality === null
          ? refusal("nothing has been judged yet")
          : { ok: true, value: monitor.quality },
    },
    {
      method: "GET",
      path: "/api/v1/detector",
      summary: "The bridge's set-up: chambers with names, views, channels and masked cells",
      answer: "Detector",
      run: () => ({ ok: true, value: detector() }),
    },
    {
      method: "GET",
      path: "/api/v1/rules",
      summary: "The rules, described in words",
      answer: "Rule[]",
      run: () => ask("rules"),
    },
    {
      method: "GET",
      path: "/api/v1/alarms",
      summary: "Alarms, newest first",
      parameters: queryParameters(page),
      answer: "Alarm[]",
      run: ({ query }) =>
        paged(
          ask("alarms", queryOf(page, query)),
          ({ raised_ms }: Alarm) => raised_ms,
          (before, limit) => store.records.alarms(before, limit),
        ),
    },
    {
      method: "POST",
      path: "/api/v1/alarms/{id}/acknowledge",
      summary: "Acknowledge an alarm",
      parameters: [inPath("id", "string", "of the alarm")],
      body: "Acknowledge",
      answer: "Alarm",
      run: ({ path, body }) => ask("acknowledge", { ...(body as object), alarm: path["id"] }),
    },
    {
      method: "GET",
      path: "/api/v1/changes",
      summary: "Changes of the lights, newest first",
      parameters: queryParameters(page),
      answer: "Change[]",
      run: ({ query }) =>
        paged(
          ask("changes", queryOf(page, query)),
          ({ at_ms }: QualityChange) => at_ms,
          (before, limit) => store.records.changes(before, limit),
        ),
    },
    {
      method: "GET",
      path: "/api/v1/samples",
      summary: "The last rows that were malformed, unmapped, the read-out's own or late",
      answer: "Sample[]",
      run: () => ask("samples"),
    },
    {
      method: "PATCH",
      path: "/api/v1/practice/faults",
      summary: "Switch faults of the simulator on and off; all data of the simulator is marked as demo",
      body: "Faults",
      answer: "Faults",
      run: ({ body }) => ask("faults", body),
    },
    {
      method: "POST",
      path: "/api/v1/practice/surprise",
      summary: "Clear all faults of the simulator and start a round with a hidden fault, or with none",
      answer: "HiddenRound",
      run: () => ask("surprise"),
    },
    {
      method: "POST",
      path: "/api/v1/practice/reveal",
      summary: "End the round: returns the hidden fault, its start and the first alarm after it",
      answer: "RevealedRound",
      run: () => ask("reveal"),
    },
    {
      method: "PUT",
      path: "/api/v1/practice/rate",
      summary: "Set the rate of the simulator, rows/s",
      body: "Rate",
      answer: "Number",
      run: ({ body }) => ask("rate", (body as { rate_hz?: unknown }).rate_hz),
    },
  ];
}

function referenceOperations({ monitor, requests }: ApiParts): Operation[] {
  const ask = asker(requests);
  const id = inPath("id", "string", "of the reference");
  return [
    {
      method: "GET",
      path: "/api/v1/references",
      summary: "The stored references",
      answer: "ReferenceInfo[]",
      run: () => ({ ok: true, value: monitor.references.list() }),
    },
    {
      method: "POST",
      path: "/api/v1/references",
      summary: "Store a reference: the sum of the current windows, or a reference saved by a bounded run",
      body: "NewReference",
      answer: "ReferenceInfo",
      run: ({ body }) => {
        if (!Object.hasOwn(body as object, "schema")) return ask("takeReference", body);
        const wrong = checkReference(body);
        if (wrong !== null) return refusal(wrong);
        const info = monitor.references.add(body as never);
        return info === null ? refusal(noPlace) : { ok: true, value: info };
      },
    },
    {
      method: "GET",
      path: "/api/v1/references/{id}",
      summary: "A complete reference",
      parameters: [id],
      answer: "Reference",
      run: ({ path }) => ask("reference", path["id"]),
    },
    {
      method: "DELETE",
      path: "/api/v1/references/{id}",
      summary: "Delete a reference",
      parameters: [id],
      answer: "ReferenceInfo[]",
      run: ({ path }) => ask("deleteReference", path["id"]),
    },
    {
      method: "PUT",
      path: "/api/v1/chosen-reference",
      summary: "Select the reference that the rules compare with, or up to three; null for none",
      body: "ChosenReference",
      answer: "ReferenceInfo[]",
      run: ({ body }) => ask("chooseReference", (body as { id?: unknown }).id),
    },
    {
      method: "POST",
      path: "/api/v1/normal",
      summary:
        "This is normal now: compare with the data from now on and with no reference; recorded as a remark",
      body: "AcceptNormal",
      answer: "Acceptance",
      run: ({ body }) => ask("acceptNormal", body),
    },
    {
      method: "GET",
      path: "/api/v1/normal",
      summary: "Declarations that the data is normal, oldest first",
      answer: "Acceptance[]",
      run: () => ask("acceptances"),
    },
  ];
}

function runOperations({ store, requests }: ApiParts): Operation[] {
  const ask = asker(requests);
  return [
    {
      method: "GET",
      path: "/api/v1/runs",
      summary: "Runs, newest first",
      parameters: queryParameters(page),
      answer: "Run[]",
      run: ({ query }) =>
        paged(
          ask("runs", queryOf(page, query)),
          ({ started_ms }: Run) => started_ms,
          (before, limit) => store.records.runs(before, limit),
        ),
    },
    {
      method: "POST",
      path: "/api/v1/runs",
      summary: "Start a run; stops the current run and resets the counts since start",
      body: "StartRun",
      answer: "RunState",
      run: ({ body }) => ask("startRun", body),
    },
    {
      method: "POST",
      path: "/api/v1/runs/stop",
      summary: "Stop the current run",
      answer: "RunState",
      run: () => ask("stopRun"),
    },
    {
      method: "PATCH",
      path: "/api/v1/runs/{number}",
      summary: "Change the comment of a run",
      parameters: [inPath("number", "integer", "of the run")],
      body: "Comment",
      answer: "Run",
      run: ({ path, body }) => ask("commentRun", { ...(body as object), number: Number(path["number"]) }),
    },
    {
      method: "POST",
      path: "/api/v1/totals/reset",
      summary: "Reset the counts since start; the current run continues",
      answer: "RunState",
      run: () => ask("resetTotals"),
    },
  ];
}
