/** The part of the HTTP interface for shifts: lights over time, remarks, silenced alarms, derived quantities. */
import { requestSchemas } from "../../../pipeline/model/schema/requests.js";
import { asker, inPath, queryOf, queryParameters, type ApiParts } from "./operation-parts.js";
import type { Operation } from "./operation.js";

const { lights, quantities, span } = requestSchemas;

export function shiftOperations({ requests }: ApiParts): Operation[] {
  const ask = asker(requests);
  return [
    {
      method: "GET",
      path: "/api/v1/lights",
      summary:
        "The states of all lights in a time span; short states are merged, and the most severe is kept",
      parameters: queryParameters(lights),
      answer: "LightHistory[]",
      run: ({ query }) => ask("lights", queryOf(lights, query)),
    },
    {
      method: "GET",
      path: "/api/v1/quantities",
      summary: "Derived quantities of the chambers over time or, with by=run, of each run",
      parameters: queryParameters(quantities, { by: "time (default) or run" }),
      answer: "QuantityPoint[]",
      run: ({ query }) => {
        const by = query.get("by");
        return ask("quantities", { ...queryOf(quantities, query, ["by"]), ...(by === null ? {} : { by }) });
      },
    },
    {
      method: "GET",
      path: "/api/v1/report",
      summary:
        "The report of a shift: lights, alarms, remarks, runs with their verdict, peaks, ledger, quantities",
      parameters: queryParameters(span),
      answer: "ShiftReport",
      run: ({ query }) => ask("report", queryOf(span, query)),
    },
    {
      method: "GET",
      path: "/api/v1/remarks",
      summary: "Remarks that overlap a time span, oldest first",
      parameters: queryParameters(span),
      answer: "Remark[]",
      run: ({ query }) => ask("remarks", queryOf(span, query)),
    },
    {
      method: "POST",
      path: "/api/v1/remarks",
      summary: "Write a remark on a time or a time span",
      body: "NewRemark",
      answer: "Remark",
      run: ({ body }) => ask("remark", body),
    },
    {
      method: "POST",
      path: "/api/v1/remarks/{id}/withdraw",
      summary: "Withdraw a remark; it is kept and marked as withdrawn",
      parameters: [inPath("id", "string", "of the remark")],
      body: "WithdrawRemark",
      answer: "Remark",
      run: ({ path, body }) => ask("withdrawRemark", { ...(body as object), remark: path["id"] }),
    },
    {
      method: "POST",
      path: "/api/v1/alarms/{id}/silence",
      summary: "Silence an alarm until a time: no sound and no notification; its light stays",
      parameters: [inPath("id", "string", "of the alarm")],
      body: "Silence",
      answer: "Alarm",
      run: ({ path, body }) => ask("silence", { ...(body as object), alarm: path["id"] }),
    },
  ];
}
