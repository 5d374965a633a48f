/** Kafka's access rules: those of the operations manual, and adding and removing them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import kafkajs, { type AclOperationTypes as Operation } from "kafkajs";
import { root } from "../../infra/bootstrap.js";
import { asAdmin, type KafkaAccess } from "../../runners/kafka/index.js";

export interface AccessRule {
  user: string;
  kind: "topic" | "group";
  name: string;
  operation: string;
}

/** The rules of the manual's table, with the first word of its users. */
export function manualRules(): AccessRule[] {
  const text = readFileSync(join(root, "infra/operations.md"), "utf8");
  let user = "";
  return [...text.matchAll(/^\| +(\w+)?[^|]*\| (topic|group) `([\w-]+)` +\| ([\w, ]+?) +\|/gm)].flatMap(
    ([, first, kind, name, operations]) => {
      user = first ?? user;
      return operations!
        .split(", ")
        .map((operation) => ({ user, kind: kind as AccessRule["kind"], name: name!, operation }));
    },
  );
}

const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs;

/** As kafkajs names them. */
const operations: Readonly<Record<string, Operation>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

function entryOf({ user, kind, name, operation }: AccessRule) {
  return {
    resourceType: kind === "topic" ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: "*",
    operation: operations[operation]!,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

export async function allow(access: KafkaAccess, rules: readonly AccessRule[]): Promise<void> {
  await asAdmin(access, (admin) => admin.createAcls({ acl: rules.map(entryOf) }));
}

/** @throws when one of them does not exist */
export async function forbid(access: KafkaAccess, rules: readonly AccessRule[]): Promise<void> {
  const { filterResponses } = await asAdmin(access, (admin) =>
    admin.deleteAcls({ filters: rules.map(entryOf) }),
  );
  if (filterResponses.some(({ matchingAcls }) => matchingAcls.length !== 1))
    throw new Error(`some rules do not exist: ${JSON.stringify(rules)}`);
}
