/** Validation: whether something is a message that this version can read. For readers of `data_clean`. */
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { FormatError, ledgerGap, type WindowMessage } from "../model/index.js";

/** Gives the message, or tells what is wrong with it. Unknown keys are no fault. @throws FormatError */
export type MessageValidator = (value: unknown) => WindowMessage;

/**
 * A validator that checks form (by the JSON Schema) and sums.
 * @param schema content of model/message.schema.json; given, because steps read no files
 */
export function createMessageValidator(schema: object): MessageValidator {
  const hasForm = new Ajv2020({ strict: true }).compile<WindowMessage>(schema);
  return (value) => {
    if (!hasForm(value)) throw new FormatError(`not a message: ${firstComplaint(hasForm.errors)}`);
    checkSums(value);
    return value;
  };
}

function firstComplaint(errors: ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  return error === undefined
    ? "unknown form"
    : `${error.instancePath || "it"} ${error.message ?? "is wrong"}`;
}

function checkSums({ msg_ID, hit_count, hit_count_chamber, ledger }: WindowMessage): void {
  const gap = ledgerGap(ledger);
  if (gap !== 0)
    throw new FormatError(`message ${msg_ID}: the ledger does not add up, ${gap} rows are missing`);
  const sum = hit_count_chamber.reduce((total, hits) => total + hits, 0);
  if (sum !== hit_count || ledger.hits !== hit_count) {
    throw new FormatError(
      `message ${msg_ID}: ${hit_count} hits, but ${sum} in chambers and ${ledger.hits} in the ledger`,
    );
  }
}
