/** The part of the HTTP interface that a shift uses: lights against time, remarks, silence, derived quantities. */
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
      summary: "The states of all lights in a span of time; short ones are drawn together, the gravest wins",
      parameters: queryParameters(lights),
      answer: "LightHistory[]",
      run: ({ query }) => ask("lights", queryOf(lights, query)),
    },
    {
      method: "GET",
      path: "/api/v1/quantities",
      summary: "Derived quantities of the chambers against time or, with by=run, of each run",
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
      summary: "Remarks that touch a span of time, the oldest first",
      parameters: queryParameters(span),
      answer: "Remark[]",
      run: ({ query }) => ask("remarks", queryOf(span, query)),
    },
    {
      method: "POST",
      path: "/api/v1/remarks",
      summary: "Write a remark about a moment or a span of time",
      body: "NewRemark",
      answer: "Remark",
      run: ({ body }) => ask("remark", body),
    },
    {
      method: "POST",
      path: "/api/v1/remarks/{id}/withdraw",
      summary: "Take a remark back; it stays, marked as withdrawn",
      parameters: [inPath("id", "string", "of the remark")],
      body: "WithdrawRemark",
      answer: "Remark",
      run: ({ path, body }) => ask("withdrawRemark", { ...(body as object), remark: path["id"] }),
    },
    {
      method: "POST",
      path: "/api/v1/alarms/{id}/silence",
      summary: "No sound and no notice of an alarm until a time; its light stays",
      parameters: [inPath("id", "string", "of the alarm")],
      body: "Silence",
      answer: "Alarm",
      run: ({ path, body }) => ask("silence", { ...(body as object), alarm: path["id"] }),
    },
  ];
}
