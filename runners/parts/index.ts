/** The parts that the project starts itself: Kafka, Flink and the Java services of Beam. */
export * from "./beam-services.js";
export * from "./flink.js";
export type { FlinkSettings } from "./flink-settings.js";
export { findJava, javaForKafkaAndFlink, javaForSpark } from "./java.js";
export * from "./kafka.js";
export { defaultJarsFolder, provideJars, type JarOptions, type JarSet } from "./maven.js";
export type { PartOptions } from "./options.js";
export { Part, type PartExit, type PartSpec } from "./part.js";
export { freePort, freePorts, isListening, loopback } from "./ports.js";
export { flinkOverview, grpcAnswers, kafkaAnswers, type FlinkOverview } from "./readiness.js";
export * from "./spark.js";
export * from "./topics.js";
