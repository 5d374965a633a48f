/** The options of `serve`: addresses and resources of one machine of a cluster. */
import { defineOption, defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { kafkaSettingsOption } from "./flink-options.js";
import { stateFolderOption } from "./system-options.js";

/** Every role and its default port. */
export const ports = {
  kafka: 9092,
  zookeeper: 2181,
  jobmanager: 8081,
  taskmanager: 50_000,
  s3: 9000,
  "spark-master": 7077,
  "spark-worker": 50_000,
} as const;

export type Role = keyof typeof ports;
export const roles = Object.keys(ports) as Role[];

function port<const Flags extends string>(flags: Flags, description: string) {
  return defineOption({ flags, description, parse: wholeNumber(1, 65535) });
}

function portOr<const Flags extends string>(flags: Flags, description: string, value: number) {
  return defineOption({ ...port(flags, description), default: value });
}

export const serveOptions = defineOptions([
  {
    flags: "--host <name>",
    description: "name or address at which the other machines reach this one",
    default: "127.0.0.1",
  },
  {
    flags: "--port <port>",
    description:
      "port of the role; for TaskManagers and Spark workers the port of the worker pool beside them",
    parse: wholeNumber(1, 65535),
    defaultText: roles.map((role) => `${role} ${ports[role]}`).join(", "),
  },
  {
    flags: "--node-id <number>",
    description: "Kafka: number of this node, different on each machine",
    parse: wholeNumber(1, 1000),
    default: 1,
  },
  {
    flags: "--voters <list>",
    description: "Kafka: all nodes as NODE@HOST:PORT,... with the port of their controllers",
    defaultText: "this node only",
  },
  {
    flags: "--cluster-id <id>",
    description: "Kafka: identity of the cluster, 22 base64url characters, the same on all machines",
    defaultText: "a new one for a single node",
  },
  portOr("--controller-port <port>", "Kafka: port at which the nodes reach each other's controller", 9093),
  port(
    "--outside-port <port>",
    "Kafka: additional port, for clients outside a container that publishes it as 127.0.0.1:PORT",
  ),
  {
    flags: "--broker-settings <file>",
    description: "Kafka: properties file with more settings of the broker; its values are never shown",
  },
  kafkaSettingsOption,
  {
    flags: "--jobmanager <name>",
    description: "Flink: host of the JobManager",
    defaultText: "this machine",
  },
  portOr("--jobmanager-port <port>", "Flink: port at which TaskManagers reach the JobManager", 6123),
  portOr("--rest-port <port>", "Flink: port of the JobManager's REST interface", ports.jobmanager),
  {
    flags: "--shared-dir <path>",
    description: "Flink: folder for checkpoints that all machines can access under this path",
    defaultText: "in the state folder",
  },
  {
    flags: "--zookeeper <host:port>",
    description: "Flink: ZooKeeper, through which a JobManager takes over the jobs of the previous one",
  },
  {
    flags: "--slots <count>",
    description: "slots of a TaskManager, cores of a Spark worker",
    parse: wholeNumber(1, 64),
    default: 1,
  },
  {
    flags: "--memory <MB>",
    description: "heap for the tasks of a TaskManager, memory of a Spark worker, in MB",
    parse: wholeNumber(128, 1_000_000),
    default: 512,
  },
  {
    flags: "--spark-master <host>",
    description: "Spark: host of the master",
    defaultText: "this machine",
  },
  portOr("--spark-page-port <port>", "Spark: port of the master's page", 8080),
  stateFolderOption,
]);

export type ServeOptions = ValuesOf<typeof serveOptions> & { role: string };
