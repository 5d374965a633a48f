/** Refusals by Kafka's access rules (ACLs), which are named in one line, and the causes of errors. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { ProtocolError } from "./client/metadata.js";

/** Error codes of a topic, group and cluster that a login may not use. */
const refusalCodes = [29, 30, 31];
const refusalTypes = /^(TOPIC|GROUP|CLUSTER)_AUTHORIZATION_FAILED$/;

/** Whether Kafka has refused something because no access rule allows it. */
export function isRefusal(error: unknown): boolean {
  return causesOf(error).some(
    (cause) =>
      cause instanceof RefusedError ||
      (cause instanceof ProtocolError && refusalCodes.includes(cause.code)) ||
      (typeof cause.type === "string" && refusalTypes.test(cause.type)),
  );
}

/** Kafka does not allow the login to do something. */
export class RefusedError extends MuonitorError {}

/** @param lacking access rules, such as "Read on topic data_raw" */
export function refused(lacking: readonly string[], cause?: unknown): RefusedError {
  const rules = lacking.length === 1 ? "an access rule" : "access rules";
  const text = `Kafka does not allow this login to do that: it lacks ${rules}, ${lacking.join(", ")} (kafka-acls --add)`;
  return new RefusedError(text, cause === undefined ? {} : { cause });
}

/** Runs work for which a login needs a rule; a refusal becomes one line with the rule. */
export async function needing<T>(rule: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isRefusal(error) && !(error instanceof RefusedError) ? refused([rule], error) : error;
  }
}

interface Caused {
  name?: unknown;
  type?: unknown;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

const deepest = 6;

/** An error and its causes: kafkajs wraps its final error, Node the attempts at several addresses. */
export function causesOf(error: unknown): Caused[] {
  const causes: Caused[] = [];
  for (let at = error; typeof at === "object" && at !== null && causes.length < deepest;) {
    const found = at as Caused;
    causes.push(found);
    at = found.cause ?? found.errors?.[0];
  }
  return causes;
}
