/** The parts that the project starts itself: Kafka, Flink and the Java services of Beam. */
export * from "./beam-services.js";
export { diskTrouble } from "./disk.js";
export * from "./flink.js";
export type { FlinkSettings } from "./flink-settings.js";
export { findJava, javaForKafkaAndFlink, javaForSpark } from "./java.js";
export * from "./kafka.js";
export { defaultKafkaMb, KafkaSize, minKafkaMb } from "./kafka-size.js";
export { provideJars, type JarOptions, type JarSet } from "./maven.js";
export { choosePort, type ServiceOptions } from "./options.js";
export { ManagedProcess, type ProcessExit, type ProcessSpec } from "./managed-process.js";
export { clockTime, noAnswer, Probe, type ProbeOptions, type Question } from "./probe.js";
export { freePort, freePorts, isListening, loopback } from "./ports.js";
export {
  flinkOverview,
  flinkTaskManagers,
  grpcAnswers,
  kafkaAnswers,
  type FlinkOverview,
} from "./readiness.js";
export * from "./spark.js";
export * from "./topics.js";
