/** Validation for readers of `data_clean`: whether a value is a message that this version can read. */
import {
  defaultDetector,
  FormatError,
  ledgerGap,
  misfitOfChambers,
  type WindowMessage,
} from "../model/index.js";
import { inlined } from "../model/schema/kit.js";
import { messageJsonSchema } from "../model/schema/message.js";
import { checkOf } from "./check.js";

const chambersOfDefault = defaultDetector.chambers.length;
const violationsOf = checkOf(inlined(messageJsonSchema));

/**
 * Returns the message after checking its form (by its schema) and its sums. Unknown keys are accepted.
 * @throws FormatError with the cause in one line
 */
export function validateMessage(value: unknown): WindowMessage {
  const [first] = violationsOf(value);
  if (first !== undefined) {
    const place = first.path.length === 0 ? "it" : `/${first.path.join("/")}`;
    throw new FormatError(`not a message: ${place} ${first.text}`);
  }
  const message = value as WindowMessage;
  checkChambers(message);
  checkSums(message);
  return message;
}

/** Messages without a set-up must have the default number of chambers. */
function checkChambers(message: WindowMessage): void {
  const { hit_count_chamber, detector, config_hash } = message;
  const count = hit_count_chamber.length;
  if (detector === undefined && config_hash === undefined && count !== chambersOfDefault)
    throw new FormatError(`not a message: /hit_count_chamber has ${count} chambers, without a set-up`);
  const misfit = misfitOfChambers(message);
  if (misfit !== null)
    throw new FormatError(`not a message: /${misfit} is not of the ${count} chambers of hit_count_chamber`);
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
