/** Services that the project starts itself: Kafka, Flink and the Java services of Beam. */
export * from "./beam-services.js";
export { diskTrouble } from "./disk.js";
export * from "./flink.js";
export { findJava, javaForKafkaAndFlink, javaForSpark } from "./java.js";
export * from "./kafka.js";
export { defaultKafkaMb, KafkaSize, minKafkaMb } from "./kafka-size.js";
export { choosePort } from "./options.js";
export { ManagedProcess } from "./managed-process.js";
export { clockTime, noAnswer, Probe, type ProbeOptions } from "./probe.js";
export { freePort, freePorts, isListening, loopback } from "./ports.js";
export { flinkOverview, grpcAnswers, kafkaAnswers } from "./readiness.js";
export * from "./spark.js";
export * from "./topics.js";
