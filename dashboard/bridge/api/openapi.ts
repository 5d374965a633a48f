/** The OpenAPI document, generated from the operations. */
import type { Operation } from "./operation.js";
import { schemaOf, schemas } from "./schemas.js";

const json = (schema: object): object => ({ "application/json": { schema } });

export function openApiOf(operations: readonly Operation[], version: string, hasToken: boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = describe(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Muonitor",
      version,
      description: "Windows, quality, alarms, references and runs of a drift-tube muon telescope.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    ...(hasToken ? { security: [{ token: [] }] } : {}),
    paths,
    components: { schemas, securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}

function describe({ summary, parameters = [], body, answer, formats = {} }: Operation): object {
  const content: Record<string, object> = { ...json(schemaOf(answer)) };
  for (const { type } of Object.values(formats))
    content[type.split(";")[0] ?? type] = { schema: { type: "string" } };
  return {
    summary,
    parameters: parameters.map(({ name, in: place, type, description, required = false }) => ({
      name,
      in: place,
      description,
      required,
      schema: { type },
    })),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(schemaOf(body)) } }),
    responses: {
      "200": { description: "Done", content },
      "400": { description: "Refused; the reason is one line", content: json(schemaOf("Error")) },
    },
  };
}
