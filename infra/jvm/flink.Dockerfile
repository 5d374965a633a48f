# Flink with the jars of Beam. Not built so far: no Docker engine was at hand.
FROM maven:3.9.9-eclipse-temurin-17 AS jars
COPY beam-flink/pom.xml /beam/pom.xml
# What Flink's image has already, and the log backend that would be a second one, stay out of its class path.
RUN mvn -q -B -ntp -f /beam/pom.xml dependency:copy-dependencies -DoutputDirectory=/beam/jars \
  && rm /beam/jars/flink-*.jar /beam/jars/slf4j-*.jar

FROM flink:1.19.0-java17
COPY --from=jars --chown=flink:flink /beam/jars /opt/flink/lib/beam
RUN mkdir /state && chown flink:flink /state
